#pragma once

#include "gateway/base/arguments.hpp"

namespace tidegate::cli {

inline constexpr std::string_view kDefaultConfig = "/etc/tidegate/tidegate.toml";

inline constexpr int kSuccess = 0;
inline constexpr int kFailure = 1;
inline constexpr int kUsage = 2;

/// Prints the configuration in effect, or every fault. Returns the exit status, as each of these does.
int check(const Arguments& arguments);
/// Prints what would become of a message on a topic; kFailure if it would not be kept.
int explain(const Arguments& arguments);
/// Prints what the running gateway tells of itself.
int status(const Arguments& arguments);
/// The same again and again: redrawn on a terminal, one line a second elsewhere.
int watch(const Arguments& arguments);
/// Starts what the running gateway has parked after crashes.
int resume(const Arguments& arguments);
/// Prints mosquitto's configuration as ours, and on stderr what it could not carry over.
int import_mosquitto(const Arguments& arguments);
/// Prints what a store holds, without payloads.
int store_inspect(const Arguments& arguments);
/// Checks every frame of a store; kFailure if one is rotten.
int store_verify(const Arguments& arguments);
/// Prints what can be repaired in a store; kFailure if something can. With --yes does it.
int store_repair(const Arguments& arguments);
/// Prints what becomes of a store that is of an earlier format; kFailure if it is. With --yes makes it one of the
/// newest.
int store_upgrade(const Arguments& arguments);
/// Prints the messages of a store; kFailure if not all could be read.
int store_export(const Arguments& arguments);
/// Prints the manual of the configuration.
int manual(const Arguments& arguments);

}  // namespace tidegate::cli
