#include "gateway/config/filter_rules.hpp"

#include "proto/mqtt/topic.hpp"

namespace tidegate::config {

void check_filters(const std::string& key, const std::vector<std::string>& topics, std::set<std::string>& taken,
                   Findings& findings) {
  for (std::size_t i = 0; i < topics.size(); ++i) {
    const std::string& filter = topics[i];
    if (!mqtt::valid_filter(filter)) {
      findings.element_fault(key, i,
                             "\"" + filter +
                                 "\" is not a topic filter: '+' stands for a whole level, '#' for all that "
                                 "follow, at the end");
    } else if (!taken.insert(filter).second) {
      findings.element_fault(key, i, "\"" + filter + "\" is taken by a line above, so that nothing comes here");
    }
  }
}

}  // namespace tidegate::config
