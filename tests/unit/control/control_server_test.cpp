// With real sockets on loopback, port 0: labelled a system test.
#include "gateway/control/control_server.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <thread>

namespace tidegate::control {
namespace {

using boost::asio::ip::tcp;
using testing::AllOf;
using testing::EndsWith;
using testing::HasSubstr;
using testing::StartsWith;

/// A server with its own reactor thread.
class Running {
 public:
  explicit Running(ControlOptions options)
      : server_(
            reactor_, with_free_port(std::move(options)), metrics_,
            [] {
              Status status;
              status.ready = true;
              return status;
            },
            [this] {
              ++resumed_;
              return std::string("resumed");
            }) {
    EXPECT_TRUE(server_.listen().ok());
    port_ = server_.port();
    thread_ = std::thread([this] { reactor_.run(); });
  }
  ~Running() {
    boost::asio::post(reactor_, [this] { server_.close(); });
    thread_.join();  // returns only if close() left nothing behind
  }
  Running(const Running&) = delete;
  Running& operator=(const Running&) = delete;

  tcp::socket connect() { return connect(client_); }
  tcp::socket connect(boost::asio::io_context& client) const {
    tcp::socket socket(client);
    socket.connect({boost::asio::ip::address_v4::loopback(), port_});
    return socket;
  }
  std::uint16_t port() const { return port_; }
  int resumed() const { return resumed_; }

 private:
  static ControlOptions with_free_port(ControlOptions options) {
    options.listen = "127.0.0.1:0";
    return options;
  }

  boost::asio::io_context reactor_;
  boost::asio::io_context client_;
  Metrics metrics_;
  ControlServer server_;
  std::uint16_t port_ = 0;
  std::atomic<int> resumed_ = 0;
  std::thread thread_;
};

void send(tcp::socket& socket, std::string_view text) {
  boost::system::error_code ignored;  // the server may have closed already: reading shows what it said
  boost::asio::write(socket, boost::asio::buffer(text), ignored);
}

/// Everything until the server closes.
std::string read_all(tcp::socket& socket) {
  std::string text;
  boost::system::error_code end;
  boost::asio::read(socket, boost::asio::dynamic_buffer(text), end);
  return text;
}

std::string talk(Running& running, std::string_view request) {
  tcp::socket socket = running.connect();
  send(socket, request);
  return read_all(socket);
}

TEST(ControlServer, AnswersAndKeepsTheConnectionUntilToldOtherwise) {
  Running running({});
  const std::string answers = talk(running,
                                   "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"
                                   "GET /readyz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  EXPECT_THAT(answers, AllOf(StartsWith("HTTP/1.1 200 OK\r\n"), HasSubstr("\r\n\r\nok\nHTTP/1.1 200 OK\r\n"),
                             HasSubstr("Content-Length: 6\r\n"), EndsWith("\r\n\r\nready\n")));
}

TEST(ControlServer, HeadHasTheLengthAndNoBody) {
  Running running({});
  EXPECT_THAT(talk(running, "HEAD /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"),
              AllOf(HasSubstr("Content-Length: 3\r\n"), EndsWith("\r\n\r\n")));
}

TEST(ControlServer, AMethodWithABodyIsRefusedAndTheConnectionEnds) {
  Running running({});
  EXPECT_THAT(talk(running, "POST /status HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\nabcd"),
              AllOf(StartsWith("HTTP/1.1 405"), HasSubstr("Allow: GET, HEAD\r\n")));
}

TEST(ControlServer, ResumesForAProgramAndNotForAPageInABrowser) {
  Running running({});
  const auto post = [&](const std::string& host, const std::string& header) {
    return talk(running, "POST /resume HTTP/1.1\r\nHost: " + host + "\r\n" + header +
                             "Content-Length: 0\r\nConnection: close\r\n\r\n");
  };
  EXPECT_THAT(post("127.0.0.1:8420", ""), StartsWith("HTTP/1.1 403"));
  EXPECT_THAT(post("evil.example:8420", "Tidegate-Request: 1\r\n"), StartsWith("HTTP/1.1 403"));
  EXPECT_EQ(running.resumed(), 0);
  EXPECT_THAT(post("127.0.0.1:8420", "Tidegate-Request: 1\r\n"),
              AllOf(StartsWith("HTTP/1.1 200"), EndsWith("resumed\n")));
  EXPECT_EQ(running.resumed(), 1);
}

TEST(ControlServer, WhatIsNotHttpIsABadRequest) {
  Running running({});
  EXPECT_THAT(talk(running, "\x10\x20MQTT here\r\n\r\n"), StartsWith("HTTP/1.1 400"));
}

TEST(ControlServer, AHeaderOverTheLimitIsRefused) {
  Running running({.max_request_bytes = 1024});
  EXPECT_THAT(talk(running, "GET / HTTP/1.1\r\nX: " + std::string(2000, 'x') + "\r\n\r\n"), StartsWith("HTTP/1.1 431"));
}

TEST(ControlServer, AClientThatFallsSilentIsClosed) {
  Running running({.timeout = std::chrono::milliseconds(20)});
  EXPECT_EQ(talk(running, "GET /healthz HT"), "");
}

TEST(ControlServer, ConnectionsOverTheLimitAreClosedAndTheOthersServed) {
  Running running({.max_connections = 1});
  tcp::socket first = running.connect();
  EXPECT_EQ(talk(running, ""), "");
  send(first, "GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  EXPECT_THAT(read_all(first), EndsWith("ok\n"));
}

TEST(ControlServer, ClosingEndsIdleConnections) {
  boost::asio::io_context client;  // outlives the server, as the socket does
  auto running = std::make_unique<Running>(ControlOptions{});
  tcp::socket socket = running->connect(client);
  send(socket, "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n");
  std::string text(4, '\0');
  boost::asio::read(socket, boost::asio::buffer(text));
  running.reset();
  EXPECT_THAT(read_all(socket), EndsWith("ok\n"));
}

TEST(ControlServer, ATakenPortNamesItsHolderAndWhatToDo) {
  Running running({});
  boost::asio::io_context reactor;
  Metrics metrics;
  const std::string address = "127.0.0.1:" + std::to_string(running.port());
  ControlServer second(
      reactor, {.listen = address}, metrics, [] { return Status{}; }, [] { return std::string(); });
  const auto listening = second.listen();
  ASSERT_FALSE(listening.ok());
  EXPECT_THAT(listening.error().message,
              AllOf(StartsWith("cannot listen on " + address + ": "),
                    HasSubstr("(pid " + std::to_string(getpid()) + ") holds the port; stop it or set control.listen")));
}

}  // namespace
}  // namespace tidegate::control
