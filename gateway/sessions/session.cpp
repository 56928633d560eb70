#include "gateway/sessions/session.hpp"

namespace tidegate::sessions {

namespace {

std::size_t cost(std::string_view text) {
  constexpr std::size_t kNode = 64;
  return kNode + text.size();
}

}  // namespace

Session::Session(std::string client_id, SessionNumber its_number, Shared& shared)
    : client(std::move(client_id)),
      number(its_number),
      received(shared.budget),
      outbound(shared.limits, shared.budget, shared.owed_messages),
      budget_(shared.budget) {
  budget_.take(sizeof *this + cost(client));
}

Session::~Session() {
  for (const auto& [filter, options] : subscriptions_) budget_.give_back(cost(filter));
  budget_.give_back(sizeof *this + cost(client));
}

std::size_t Session::bytes() const {
  std::size_t bytes = sizeof *this + cost(client) + outbound.bytes() + received.all().size() * sizeof(std::uint16_t);
  for (const auto& [filter, options] : subscriptions_) bytes += cost(filter);
  return bytes;
}

void Session::subscribe(std::string_view filter, const SubscriptionOptions& options) {
  const auto [at, is_new] = subscriptions_.insert_or_assign(std::string(filter), options);
  if (is_new) budget_.take(cost(filter));
}

bool Session::unsubscribe(std::string_view filter) {
  const auto found = subscriptions_.find(filter);
  if (found == subscriptions_.end()) return false;
  subscriptions_.erase(found);
  budget_.give_back(cost(filter));
  return true;
}

}  // namespace tidegate::sessions
