#include "gateway/config/assemble.hpp"

#include <algorithm>
#include <tuple>

#include "gateway/config/nearest.hpp"
#include "gateway/config/properties.hpp"
#include "gateway/config/rules.hpp"
#include "gateway/config/values.hpp"

namespace tidegate::config {
namespace {

class Assembler {
 public:
  void take(const Document& document);
  Loaded finish();

 private:
  void take_entry(const Entry& entry);
  void take_value(const Entry& entry);
  void refuse_stray(const Entry& entry);
  void refuse_key(const Entry& entry);
  std::size_t table_index(const std::string& section, const std::string& name);
  void list_values();
  void list_table(const Section& section, const std::string& table, std::size_t index);
  void fault(const Place& place, std::string message) { faults_.push_back(fault_at(place, std::move(message))); }

  Config config_;
  std::vector<Fault> faults_;
  std::vector<EffectiveValue> values_;
  Sources sources_;
};

std::string table_name(const std::string& section, const std::string& name) {
  return name.empty() ? section : section + "." + name;
}

void Assembler::take(const Document& document) {
  faults_.insert(faults_.end(), document.faults.begin(), document.faults.end());
  for (const Entry& entry : document.entries) take_entry(entry);
}

void Assembler::take_entry(const Entry& entry) {
  const Section* section = find_section(entry.section);
  if (section == nullptr || section->named == entry.name.empty()) return refuse_stray(entry);
  if (!entry.key.empty()) return take_value(entry);
  if (section->named && !is_name(entry.name)) {
    fault(entry.place,
          "[" + table_name(entry.section, entry.name) + "]: a name must be 1 to 64 letters, digits, '-', '_' and '.'");
  }
  sources_.try_emplace(table_name(entry.section, entry.name), &entry);
  table_index(entry.section, entry.name);
}

void Assembler::take_value(const Entry& entry) {
  const Property* property = find_property(entry.section, entry.key);
  if (property == nullptr) return refuse_key(entry);
  const std::string full_name = table_name(entry.section, entry.name) + "." + entry.key;
  const auto value = read_value(*property, entry.literal);
  if (!value) {
    sources_.try_emplace(full_name, &entry);  // written, so that no rule misses it as well
    return fault(entry.place, full_name + ": " + value.error().message);
  }
  property->set(config_, table_index(entry.section, entry.name), *value);
  sources_[full_name] = &entry;
}

/// What stands outside the known tables. Of an unknown table only the heading is named, not all that is in it.
void Assembler::refuse_stray(const Entry& entry) {
  const Section* section = find_section(entry.section);
  if (section != nullptr && section->named) {
    if (entry.key.empty()) return;  // [stream], implied by [stream.sensors]
    return fault(entry.key_place, "\"" + entry.key + "\" stands in [" + entry.section +
                                      "], which needs a name: write [" + entry.section + ".NAME]");
  }
  if (entry.section.empty()) {
    const bool is_section = find_section(entry.key) != nullptr;
    return fault(entry.key_place, is_section ? "\"" + entry.key + "\" must be a table: write [" + entry.key + "]"
                                             : "\"" + entry.key + "\" stands before the first table");
  }
  const bool is_heading = entry.key.empty() && (section != nullptr || entry.name.empty());
  if (!is_heading) return;
  std::vector<std::string_view> known;
  for (const Section& candidate : sections()) known.push_back(candidate.name);
  fault(entry.place, "unknown table [" + table_name(entry.section, entry.name) + "]; the nearest known is [" +
                         std::string(nearest(entry.section, known)) + "]");
}

void Assembler::refuse_key(const Entry& entry) {
  std::vector<std::string_view> here;
  std::string elsewhere;
  for (const Property& property : properties()) {
    if (property.section == entry.section) here.push_back(property.key);
    if (property.key == entry.key) elsewhere = property.section;
  }
  const std::string full_name = table_name(entry.section, entry.name) + "." + entry.key;
  const std::string_view near = nearest(entry.key, here);
  const bool means_near = elsewhere.empty() || is_slip(entry.key, near);
  const std::string hint =
      means_near ? "the nearest known is \"" + std::string(near) + "\"" : "it belongs to [" + elsewhere + "]";
  fault(entry.key_place, "unknown key " + full_name + "; " + hint);
}

/// The place of a named table in the configuration, at its end if it is new. Tables without a name have only one.
std::size_t Assembler::table_index(const std::string& section, const std::string& name) {
  const auto find_or_add = [&](auto& tables) {
    const auto found =
        std::find_if(tables.begin(), tables.end(), [&](const auto& table) { return table.name == name; });
    const auto index = static_cast<std::size_t>(found - tables.begin());
    if (found == tables.end()) tables.emplace_back().name = name;
    return index;
  };
  if (section == "broker") return find_or_add(config_.brokers);
  if (section == "upstream") return find_or_add(config_.upstreams);
  if (section == "stream") return find_or_add(config_.streams);
  return 0;
}

Loaded Assembler::finish() {
  check_rules(config_, sources_, faults_);
  list_values();
  return {std::move(config_), std::move(faults_), std::move(values_), {}};
}

void Assembler::list_values() {
  for (const Section& section : sections()) {
    const std::string name(section.name);
    const auto list_each = [&](const auto& tables) {
      for (std::size_t i = 0; i < tables.size(); ++i) list_table(section, table_name(name, tables[i].name), i);
    };
    if (!section.named) list_table(section, name, 0);
    if (section.name == "broker") list_each(config_.brokers);
    if (section.name == "upstream") list_each(config_.upstreams);
    if (section.name == "stream") list_each(config_.streams);
  }
}

void Assembler::list_table(const Section& section, const std::string& table, std::size_t index) {
  for (const Property& property : properties()) {
    if (property.section != section.name || property.kind == Kind::kNotOffered) continue;
    const Value value = property.get(config_, index);
    const auto source = sources_.find(table + "." + std::string(property.key));
    values_.push_back({.table = table,
                       .key = std::string(property.key),
                       .value = is_unset(property, value) ? std::string() : format_value(property, value),
                       .meaning = std::string(property.when_unset),
                       .place = source == sources_.end() ? Place{} : source->second->place});
  }
}

}  // namespace

Loaded assemble(const std::vector<Document>& documents) {
  Assembler assembler;
  for (const Document& document : documents) assembler.take(document);
  return assembler.finish();
}

}  // namespace tidegate::config
