#include "gateway/north/grpc/explain.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <string_view>

namespace tidegate::north {
namespace {

/// gRPC tells these apart in its message only. In order: the first clue that is found decides.
struct Clue {
  std::string_view text;   ///< Part of gRPC's message, in lower case.
  std::string_view words;  ///< {target}, {key} and {ca} are filled in.
};
constexpr std::array kClues{
    Clue{"certificate verify failed",
         "the certificate of {target} is not signed by {ca}; set {key}.ca to the PEM file of its signer"},
    Clue{"hostname verification",
         "the certificate of {target} is for another name; correct the name in {key}.grpc or the certificate"},
    Clue{"is not in peer certificate",
         "the certificate of {target} is for another name; correct the name in {key}.grpc or the certificate"},
    Clue{
        "wrong version number",
        "{target} does not speak TLS; give the collector a certificate, or set {key}.tls = false on a trusted network"},
    Clue{"ssl handshake failed", "the TLS handshake with {target} failed"},
    Clue{"tls handshake failed", "the TLS handshake with {target} failed"},
    Clue{"dns resolution failed", "the name in {target} cannot be resolved; check {key}.grpc and the machine's DNS"},
    Clue{"name resolution", "the name in {target} cannot be resolved; check {key}.grpc and the machine's DNS"},
    Clue{"connection refused", "nothing listens on {target}; start the collector or correct {key}.grpc"},
    Clue{"no route to host", "there is no route to {target}; check the network"},
    Clue{"network is unreachable", "the network is down or has no route to {target}"},
    Clue{"timed out", "{target} does not answer; check the network and any firewall between"},
    Clue{"socket closed", "{target} closed the connection; if it wants TLS, remove {key}.tls = false"},
    Clue{"keepalive watchdog timeout", "{target} stopped answering"},
};

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

std::string fill_in(std::string words, std::string_view placeholder, std::string_view value) {
  for (std::size_t at = 0; (at = words.find(placeholder, at)) != std::string::npos; at += value.size())
    words.replace(at, placeholder.size(), value);
  return words;
}

}  // namespace

std::string explain(const ::grpc::Status& status, const GrpcOptions& options) {
  const std::string message = lower(status.error_message());
  std::string words;
  if (status.error_code() == ::grpc::StatusCode::UNIMPLEMENTED)
    words = "{target} answers, but is not a collector; correct {key}.grpc";
  else if (status.ok())
    words = "{target} ended the connection";
  else if (status.error_code() == ::grpc::StatusCode::CANCELLED)
    words = "{target} ended the connection: it stops, or another gateway has the same id";
  else if (!options.ca_file.empty() && message.find("empty address list") != std::string::npos)
    words = "{ca} holds no certificate in PEM (-----BEGIN CERTIFICATE-----) that can be read; correct {key}.ca";
  for (const Clue& clue : kClues) {
    if (!words.empty()) break;
    if (message.find(clue.text) != std::string::npos) words = clue.words;
  }
  if (words.empty()) words = "{target}: " + status.error_message();
  words = fill_in(words, "{target}", options.target);
  words = fill_in(words, "{key}", "upstream." + options.name);
  return fill_in(words, "{ca}", options.ca_file.empty() ? "a signer that this system trusts" : options.ca_file);
}

}  // namespace tidegate::north
