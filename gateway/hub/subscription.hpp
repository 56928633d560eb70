#pragma once

#include "gateway/sessions/subscription_options.hpp"

namespace tidegate::hub {

class Subscriber;
using sessions::SubscriptionOptions;

/// One filter of one subscriber.
struct Subscription {
  Subscriber* subscriber = nullptr;
  SubscriptionOptions options;
};

}  // namespace tidegate::hub
