#include "gateway/config/findings.hpp"

#include <utility>

namespace tidegate::config {

const std::string* Findings::text(const std::string& key) const {
  const auto source = sources_.find(key);
  return source == sources_.end() ? nullptr : std::get_if<std::string>(&source->second->literal);
}

void Findings::fault(const std::string& key, std::string message) {
  const auto source = sources_.find(key);
  faults_.push_back(fault_at(source == sources_.end() ? Place{} : source->second->place, std::move(message)));
}

void Findings::element_fault(const std::string& key, std::size_t index, const std::string& message) {
  const auto& elements = std::get<std::vector<Element>>(sources_.at(key)->literal);
  faults_.push_back(fault_at(elements[index].place, key + ": " + message));
}

}  // namespace tidegate::config
