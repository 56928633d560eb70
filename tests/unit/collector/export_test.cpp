#include "gateway/programs/collector/export.hpp"

#include <gtest/gtest.h>

namespace tidegate::collector {
namespace {

StoredMessage stored(std::string_view payload) {
  static const std::string kIncarnation("\x01\x23\x45\x67\x89\xab\xcd\xef\x00\x11\x22\x33\x44\x55\x66\x77", 16);
  return {.gateway = "gw",
          .stream = "s",
          .incarnation = kIncarnation,
          .offset = 42,
          .boot = "bootbootbootboot",
          .message = {.topic = "tele/a",
                      .client = "mote,1",
                      .payload = as_bytes(payload),
                      .properties = {},
                      .wall_us = 1'273'000'005'000'001,
                      .monotonic_us = 61'000'001,
                      .time_quality = 2,
                      .qos = 1,
                      .retain = false}};
}

TEST(Export, writes_a_message_as_a_line_of_json) {
  EXPECT_EQ(to_json_line(stored("{\"t\":27.97}")),
            "{\"gateway\":\"gw\",\"stream\":\"s\",\"incarnation\":\"0123456789abcdef0011223344556677\",\"offset\":42,"
            "\"topic\":\"tele/a\",\"client\":\"mote,1\",\"payload\":\"{\\\"t\\\":27.97}\","
            "\"received\":\"2010-05-04T19:06:45.000001Z\",\"time_quality\":\"synchronised\",\"qos\":1,\"retain\":false,"
            "\"boot\":\"626f6f74626f6f74626f6f74626f6f74\",\"monotonic_us\":61000001}\n");
}

TEST(Export, writes_a_payload_that_is_no_text_in_base64) {
  EXPECT_NE(to_json_line(stored("\xff\x00")).find("\"payload_base64\":\"/w==\""), std::string::npos);
}

TEST(Export, writes_a_message_as_a_record_of_csv) {
  EXPECT_EQ(to_csv_line(stored("{\"t\":27.97}")),
            "gw,s,0123456789abcdef0011223344556677,42,tele/a,\"mote,1\",\"{\"\"t\"\":27.97}\",,"
            "2010-05-04T19:06:45.000001Z,synchronised,1,false,626f6f74626f6f74626f6f74626f6f74,61000001,\r\n");
  EXPECT_NE(to_csv_line(stored("\xff")).find(",\"mote,1\",,/w==,"), std::string::npos);
}

TEST(Export, writes_the_properties_of_mqtt_5_where_there_are_any) {
  StoredMessage with_properties = stored("x");
  with_properties.message.properties = as_bytes("\x01\x01");
  EXPECT_NE(to_json_line(with_properties).find(",\"monotonic_us\":61000001,\"properties_base64\":\"AQE=\"}"),
            std::string::npos);
  EXPECT_TRUE(to_csv_line(with_properties).ends_with(",61000001,AQE=\r\n"));
  EXPECT_TRUE(csv_header().ends_with(",boot,monotonic_us,properties_base64\r\n"));
}

TEST(Export, shows_times_before_1970_too) { EXPECT_EQ(to_iso8601(-1), "1969-12-31T23:59:59.999999Z"); }

}  // namespace
}  // namespace tidegate::collector
