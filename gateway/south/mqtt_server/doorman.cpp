#include "gateway/south/mqtt_server/doorman.hpp"

#include <boost/asio/post.hpp>

namespace tidegate::south {

void Doorman::ask(std::string user, Buffer password, std::function<void(bool)> answer) {
  boost::asio::post(pool_, [this, user = std::move(user), password = std::move(password), answer = std::move(answer)] {
    const bool welcome = users_->verify(user, password);
    reactor_([answer, welcome] { answer(welcome); });
  });
}

void Doorman::close() {
  pool_.stop();
  pool_.join();
}

}  // namespace tidegate::south
