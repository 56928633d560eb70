#pragma once

#include <array>

#include "gateway/base/arguments.hpp"

namespace tidegate::collector {

inline constexpr Option kHelp{"--help", "", "show this"};
inline constexpr Option kDatabase{"--db", "FILE", "the SQLite file that holds the messages"};
inline constexpr Option kStream{"--stream", "NAME", "only this stream"};

inline constexpr std::array kServeOptions{
    Option{"--listen", "ADDR:PORT", "where gateways connect; port 0 takes a free one (default 127.0.0.1:7070)"},
    kDatabase,
    Option{"--cert", "FILE", "certificate chain (PEM): with --key, gateways must use TLS"},
    Option{"--key", "FILE", "its private key (PEM)"},
    Option{"--port-file", "FILE", "write \"grpc ADDR:PORT\" there once it listens"},
    kHelp};
inline constexpr std::array kListOptions{kDatabase, kHelp};
inline constexpr std::array kCountOptions{kDatabase, kStream, kHelp};
inline constexpr std::array kExportOptions{kDatabase, Option{"--format", "FORMAT", "jsonl (default) or csv"}, kStream,
                                           Option{"--topic", "TOPIC", "only this topic"}, kHelp};

/// Each returns the exit status of the program.
int serve(const Arguments& arguments);
int list(const Arguments& arguments);
int count(const Arguments& arguments);
int export_messages(const Arguments& arguments);

/// Prints "tidegate-collector: <why>"; returns 1, or 2 for wrong usage.
int failed(const std::string& why, int status = 1);

}  // namespace tidegate::collector
