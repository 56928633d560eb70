#pragma once

#include <string>

#include "gateway/config/load.hpp"

namespace tidegate::south {
class Users;
}

namespace tidegate::cli {

/// A message, before it is sent.
struct Question {
  std::string topic;                    ///< Valid.
  std::string user;                     ///< Who publishes; empty: anybody.
  const south::Users* users = nullptr;  ///< Content of the file that mqtt.users names; none: no file is named.
};

/// What would become of it.
struct Explanation {
  /// A stream takes the topic, and the user may publish; without a user: any client may, or a broker sends it.
  bool is_kept = false;
  std::string text;  ///< In words for the owner, one subject a line, printable().
};

/// The way of a message through a configuration without faults: who may publish it and which brokers send it, its
/// stream and why none before it, what the stream does when it is full, where it goes, and what subscribers get.
Explanation explain_message(const config::Loaded& loaded, const Question& question);

}  // namespace tidegate::cli
