// What the owner is told when the collector cannot be reached, against the real library and real certificates.
#include <gmock/gmock.h>
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <iterator>

#include "proto/tidegate/v1/collector.grpc.pb.h"
#include "tests/system/grpc/loopback.hpp"

namespace tidegate {
namespace {

using testing::HasSubstr;

class RefusalTest : public LoopbackTest {
 protected:
  /// The first state that is not "connecting".
  std::string complaint() {
    std::string words;
    wait_until([&] { return (words = state()).rfind("connecting", 0) != 0 && !words.empty(); });
    return words;
  }
  /// A self-signed certificate for `name`, as files NAME.pem and NAME.key; "" if there is no openssl command.
  std::string make_certificate(const std::string& name) {
    const std::string path = (directory / name).string();
    const std::string command =
        "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=" + name +
        " -addext subjectAltName=DNS:" + name + " -keyout " + path + ".key -out " + path + ".pem 2>/dev/null";
    return std::system(command.c_str()) == 0 ? path : "";
  }
  static std::string read(const std::string& path) {
    std::ifstream file(path);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  void start_tls_collector(const std::string& certificate) {
    collector::ServerOptions with;
    with.certificate_pem = read(certificate + ".pem");
    with.key_pem = read(certificate + ".key");
    start_collector(with);
    options.tls = true;
  }
};

TEST_F(RefusalTest, nothing_listens) {
  start_collector();
  stop_collector();
  connect();
  EXPECT_EQ(complaint(),
            "nothing listens on " + options.target + "; start the collector or correct upstream.cloud.grpc");
}

TEST_F(RefusalTest, a_name_that_cannot_be_resolved) {
  options.target = "collector.invalid:7070";
  connect();
  EXPECT_THAT(complaint(), HasSubstr("cannot be resolved"));
}

TEST_F(RefusalTest, a_server_that_does_not_answer) {
  const int listener = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  ASSERT_EQ(bind(listener, reinterpret_cast<sockaddr*>(&address), size), 0);
  ASSERT_EQ(listen(listener, 1), 0);
  ASSERT_EQ(getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size), 0);
  options.target = "127.0.0.1:" + std::to_string(ntohs(address.sin_port));
  options.welcome_timeout = std::chrono::milliseconds(200);
  connect();
  EXPECT_THAT(complaint(), HasSubstr("does not answer"));
  disconnect();
  close(listener);
}

TEST_F(RefusalTest, a_server_that_is_no_collector) {
  int chosen = 0;
  v1::Collector::Service unimplemented;
  grpc::ServerBuilder builder;
  builder.RegisterService(&unimplemented);
  builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &chosen);
  const std::unique_ptr<grpc::Server> other = builder.BuildAndStart();
  options.target = "127.0.0.1:" + std::to_string(chosen);
  connect();
  EXPECT_THAT(complaint(), HasSubstr("is not a collector"));
  disconnect();
}

TEST_F(RefusalTest, a_port_that_is_taken_names_who_holds_it) {
  start_collector();
  collector::ServerOptions same;
  same.listen = {"127.0.0.1", port};
  const auto second = collector::Server::start(same, *database, collector_events);
  ASSERT_FALSE(second.ok());
  EXPECT_THAT(second.error().message, HasSubstr("holds the port"));
}

TEST_F(RefusalTest, a_certificate_that_is_signed_by_the_configured_ca_is_accepted) {
  const std::string certificate = make_certificate("localhost");
  if (certificate.empty()) GTEST_SKIP() << "there is no openssl command to make a certificate";
  start_tls_collector(certificate);
  options.target = "localhost:" + std::to_string(port);
  options.ca_file = certificate + ".pem";
  add(3);
  connect();
  EXPECT_TRUE(delivered(3)) << state();
}

TEST_F(RefusalTest, a_certificate_that_nobody_here_trusts) {
  const std::string certificate = make_certificate("localhost");
  if (certificate.empty()) GTEST_SKIP() << "there is no openssl command to make a certificate";
  start_tls_collector(certificate);
  options.target = "localhost:" + std::to_string(port);
  connect();
  EXPECT_THAT(complaint(), HasSubstr("is not signed by a signer that this system trusts; set upstream.cloud.ca"));
}

TEST_F(RefusalTest, a_certificate_for_another_name) {
  const std::string certificate = make_certificate("elsewhere");
  if (certificate.empty()) GTEST_SKIP() << "there is no openssl command to make a certificate";
  start_tls_collector(certificate);
  options.target = "localhost:" + std::to_string(port);
  options.ca_file = certificate + ".pem";
  connect();
  EXPECT_THAT(complaint(), HasSubstr("is for another name"));
}

TEST_F(RefusalTest, tls_to_a_collector_without_it) {
  start_collector();
  options.tls = true;
  connect();
  EXPECT_THAT(complaint(), HasSubstr("does not speak TLS"));
}

TEST_F(RefusalTest, plain_text_to_a_collector_with_tls) {
  const std::string certificate = make_certificate("localhost");
  if (certificate.empty()) GTEST_SKIP() << "there is no openssl command to make a certificate";
  start_tls_collector(certificate);
  options.tls = false;
  connect();
  EXPECT_THAT(complaint(), HasSubstr("if it wants TLS, remove upstream.cloud.tls = false"));
}

TEST_F(RefusalTest, a_ca_file_that_is_not_there) {
  start_collector();
  options.tls = true;
  options.ca_file = "/nowhere/ca.pem";
  connect();
  EXPECT_THAT(complaint(), HasSubstr("cannot read /nowhere/ca.pem"));
}

}  // namespace
}  // namespace tidegate
