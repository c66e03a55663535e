#include "agent/config/config.hh"

#include "agent/base/ini.hh"
#include "agent/base/text.hh"

#include <algorithm>
#include <fmt/core.h>
#include <set>
#include <utility>

namespace {

constexpr std::size_t longest_type_name = 32;
constexpr std::string_view type_section = "instance_type NAME";
constexpr std::string_view type_prefix = "instance_type ";

std::string sentence_of(const std::vector<std::string>& problems) {
    if (problems.empty()) return "the configuration is wrong";
    if (problems.size() == 1) return "the configuration has a fault: " + problems.front();
    return fmt::format("the configuration has {} faults, the first: {}", problems.size(), problems.front());
}

bool is_type_name(std::string_view name) noexcept {
    constexpr std::string_view first = "abcdefghijklmnopqrstuvwxyz0123456789";
    constexpr std::string_view further = "abcdefghijklmnopqrstuvwxyz0123456789_.-";
    return !name.empty() && name.size() <= longest_type_name && first.find(name.front()) != first.npos &&
           name.find_first_not_of(further) == name.npos;
}

// A heading as the table of keys knows it: [instance_type small] is of section "instance_type NAME" and has the name
// "small".
struct Heading {
    std::string_view section, name;
};

Heading heading_of(std::string_view written) {
    if (!written.starts_with(type_prefix)) return {written, {}};
    return {type_section, text::trim(written.substr(type_prefix.size()))};
}

// Takes in one file after the other, and keeps what is wrong with any of them.
class Collector {
public:
    void take(const ini::Document& file) {
        problems_.insert(problems_.end(), file.problems.begin(), file.problems.end());
        in_this_file_.clear();
        for (const auto& section : file.sections) take(section);
    }
    void report(std::string problem) { problems_.push_back(std::move(problem)); }

    Config finish(const MoreFaults& more_faults) {
        if (more_faults)
            for (auto& problem : more_faults(config_)) report(std::move(problem));
        if (!problems_.empty()) throw ConfigError(std::move(problems_));
        if (!ever_.contains({"storage", "path"})) config_.storage_path = config_.state / "volumes";
        if (!ever_.contains({"storage", "import_from"})) config_.import_from = {config_.state / "images"};
        return std::move(config_);
    }

private:
    using Place = std::pair<std::string, std::string>; // section as written, key

    void take(const ini::Section& section) {
        const auto heading = heading_of(section.name);
        const auto keys = config_keys();
        if (std::none_of(keys.begin(), keys.end(),
                         [&](const ConfigKey& key) { return key.section == heading.section; }))
            return report(
                fmt::format("{}: there is no section [{}]", section.origin, text::printable(section.name)));
        if (heading.section == type_section) {
            if (!is_type_name(heading.name))
                return report(fmt::format(
                    "{}: \"{}\" is no name of an instance type: 1 to {} of a-z, 0-9, '_', '.', '-', and "
                    "first a letter or a digit",
                    section.origin, text::printable(heading.name), longest_type_name));
            add_type(heading.name);
        }
        for (const auto& entry : section.entries) take(heading, entry);
    }

    // A heading alone makes the type, with the defaults of the table.
    void add_type(std::string_view name) {
        auto& types = config_.instance_types;
        if (std::none_of(types.begin(), types.end(), [name](const auto& type) { return type.name == name; }))
            types.push_back({std::string(name)});
    }

    void take(const Heading& heading, const ini::Entry& entry) {
        const auto keys = config_keys();
        const auto key = std::find_if(keys.begin(), keys.end(), [&](const ConfigKey& candidate) {
            return candidate.section == heading.section && candidate.key == entry.key;
        });
        if (key == keys.end())
            return report(fmt::format("{}: [{}] has no key \"{}\"", entry.origin, first_word(heading),
                                      text::printable(entry.key)));
        const Place place{std::string(heading.section) + "/" + std::string(heading.name), entry.key};
        const bool first = in_this_file_.insert(place).second;
        if (!first && !key->clear)
            return report(fmt::format("{}: \"{}\" is already set in this file", entry.origin, entry.key));
        if (first && key->clear) key->clear(config_);
        ever_.insert({std::string(heading.section), entry.key});
        note(heading, entry, first);
        if (const auto fault = key->put(config_, {heading.name, entry.value, entry.origin}))
            report(fmt::format("{}: {} = {}: {}", entry.origin, entry.key, text::printable(entry.value),
                               *fault));
    }

    void note(const Heading& heading, const ini::Entry& entry, bool first) {
        const auto section =
            fmt::format("{}{}{}", first_word(heading), heading.name.empty() ? "" : " ", heading.name);
        auto& given = config_.given[fmt::format("[{}] {}", section, entry.key)];
        if (first) given.values.clear();
        given.values.push_back(entry.value);
        given.origin = entry.origin;
    }

    static std::string_view first_word(const Heading& heading) {
        return heading.section.substr(0, heading.section.find(' '));
    }

    Config config_;
    std::vector<std::string> problems_;
    std::set<Place> in_this_file_, ever_;
};

// FILE may be missing; then there is nothing to list either, or its drop-ins stand alone.
std::vector<std::filesystem::path> drop_ins_of(const std::filesystem::path& file, Collector& collector) {
    auto folder = file;
    folder.replace_filename(file.stem().string() + ".conf.d");
    std::vector<std::filesystem::path> found;
    std::error_code fault;
    std::filesystem::directory_iterator at(folder, fault);
    for (; !fault && at != std::filesystem::directory_iterator(); at.increment(fault)) {
        const auto name = at->path().filename().string();
        if (name.ends_with(".conf") && !name.starts_with('.')) found.push_back(at->path());
    }
    if (fault && fault != std::errc::no_such_file_or_directory)
        collector.report(fmt::format("{}: cannot be read: {}", folder.string(), fault.message()));
    std::sort(found.begin(), found.end());
    return found;
}

} // namespace

std::string Config::origin_of(std::string_view key) const {
    const auto found = given.find(key);
    return found == given.end() ? "default" : found->second.origin;
}

ConfigError::ConfigError(std::vector<std::string> found)
    : Error(Fault::invalid, sentence_of(found)), problems(std::move(found)) {}

Config load_config(const std::filesystem::path& file, bool must_exist, const MoreFaults& more_faults) {
    Collector collector;
    std::error_code fault;
    // Only what is surely not there counts as missing: a file in a folder that we may not enter is a fault.
    const bool missing = !std::filesystem::exists(file, fault) && !fault;
    if (must_exist || !missing) collector.take(ini::read(file));
    for (const auto& drop_in : drop_ins_of(file, collector)) collector.take(ini::read(drop_in));
    return collector.finish(more_faults);
}
