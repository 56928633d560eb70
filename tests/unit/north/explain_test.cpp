#include "gateway/north/grpc/explain.hpp"

#include <gtest/gtest.h>

namespace tidegate::north {
namespace {

GrpcOptions options() {
  GrpcOptions made;
  made.name = "cloud";
  made.target = "collector.example.com:7070";
  return made;
}

// The messages are those of gRPC 1.51.
TEST(Explain, says_what_to_do_about_a_refused_connection) {
  const ::grpc::Status status(
      ::grpc::StatusCode::UNAVAILABLE,
      "failed to connect to all addresses; last error: UNKNOWN: Failed to connect to remote host: "
      "Connection refused");
  EXPECT_EQ(explain(status, options()),
            "nothing listens on collector.example.com:7070; start the collector or correct upstream.cloud.grpc");
}

TEST(Explain, names_the_ca_file_that_does_not_fit) {
  const ::grpc::Status status(
      ::grpc::StatusCode::UNAVAILABLE,
      "Ssl handshake failed: SSL_ERROR_SSL: error:0A000086:SSL routines::certificate verify failed");
  GrpcOptions with_ca = options();
  with_ca.ca_file = "/etc/tidegate/ca.pem";
  EXPECT_EQ(explain(status, with_ca),
            "the certificate of collector.example.com:7070 is not signed by "
            "/etc/tidegate/ca.pem; set upstream.cloud.ca to the PEM file of its signer");
}

// What gRPC says when it can make no TLS of the certificates that it was given.
TEST(Explain, names_the_ca_file_that_is_not_pem) {
  const ::grpc::Status status(::grpc::StatusCode::UNAVAILABLE, "empty address list: ");
  GrpcOptions with_ca = options();
  with_ca.ca_file = "/etc/tidegate/ca.der";
  EXPECT_EQ(explain(status, with_ca),
            "/etc/tidegate/ca.der holds no certificate in PEM (-----BEGIN CERTIFICATE-----) that can be read; correct "
            "upstream.cloud.ca");
}

TEST(Explain, tells_a_server_that_is_no_collector) {
  EXPECT_EQ(explain({::grpc::StatusCode::UNIMPLEMENTED, ""}, options()),
            "collector.example.com:7070 answers, but is not a collector; correct upstream.cloud.grpc");
}

TEST(Explain, passes_on_what_the_collector_says) {
  EXPECT_EQ(explain({::grpc::StatusCode::UNAVAILABLE, "the collector's database: database or disk is full"}, options()),
            "collector.example.com:7070: the collector's database: database or disk is full");
}

}  // namespace
}  // namespace tidegate::north
