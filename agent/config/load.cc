#include "agent/config/load.hh"

#include "agent/base/ini.hh"
#include "agent/base/text.hh"
#include "agent/config/credentials.hh"
#include "agent/config/keys.hh"

#include <algorithm>
#include <fmt/core.h>
#include <set>
#include <utility>

namespace {

constexpr std::size_t longest_name = 32; // of a section's own
constexpr auto rule_of_names = "1 to {} of a-z, 0-9, '_', '.', '-', and first a letter or a digit";

std::string sentence_of(const std::vector<std::string>& problems) {
    if (problems.empty()) return "the configuration is wrong";
    if (problems.size() == 1) return "the configuration has a fault: " + problems.front();
    return fmt::format("the configuration has {} faults, the first: {}", problems.size(), problems.front());
}

bool may_be_name(std::string_view name) noexcept {
    constexpr std::string_view first = "abcdefghijklmnopqrstuvwxyz0123456789";
    constexpr std::string_view further = "abcdefghijklmnopqrstuvwxyz0123456789_.-";
    return !name.empty() && name.size() <= longest_name && first.find(name.front()) != first.npos &&
           name.find_first_not_of(further) == name.npos;
}

// A heading as the table knows it: [instance_type small] is of the section "instance_type NAME" and has the name
// "small".
struct Heading {
    const settings::Section* section = nullptr; // nullptr: the table has none
    std::string_view name;
};

Heading heading_of(std::string_view written) {
    const auto blank = std::min(written.find(' '), written.size());
    const auto first_word = written.substr(0, blank);
    const bool has_name = blank < written.size();
    for (const auto& section : settings::sections())
        if (section.first_word() == first_word && section.named.has_value() == has_name)
            return {&section, text::trim(written.substr(blank))};
    return {};
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
        settings::take_credentials(config_, settings::folder_of_credentials());
        if (more_faults)
            for (auto& problem : more_faults(config_)) report(std::move(problem));
        if (!problems_.empty()) throw ConfigError(std::move(problems_));
        follow_state();
        return std::move(config_);
    }

private:
    void take(const ini::Section& section) {
        const auto heading = heading_of(section.name);
        if (!heading.section)
            return report(
                fmt::format("{}: there is no section [{}]", section.origin, text::printable(section.name)));
        if (const auto& named = heading.section->named) {
            if (!may_be_name(heading.name))
                return report(fmt::format("{}: \"{}\" is no name of {}: {}", section.origin,
                                          text::printable(heading.name), named->what,
                                          fmt::format(rule_of_names, longest_name)));
            add(*named, heading.name);
        }
        for (const auto& entry : section.entries) take(heading, entry);
    }

    // A heading alone makes the thing, with the defaults of its type.
    void add(const settings::Named& named, std::string_view name) {
        const auto names = named.names(config_);
        if (std::find(names.begin(), names.end(), name) == names.end()) named.add(config_, name);
    }

    void take(const Heading& heading, const ini::Entry& entry) {
        const auto keys = settings::keys_of(*heading.section);
        const auto found =
            std::find_if(keys.begin(), keys.end(), [&](const auto* key) { return key->name == entry.key; });
        if (found == keys.end())
            return report(fmt::format("{}: [{}] has no key \"{}\"", entry.origin,
                                      heading.section->first_word(), text::printable(entry.key)));
        take(**found, heading.name, entry);
    }

    void take(const settings::Key& key, std::string_view name, const ini::Entry& entry) {
        const auto title = settings::title_of(key, name);
        auto& given = config_.given[title];
        if (in_this_file_.insert(title).second) {
            given.clear();
            if (key.value.clear) key.value.clear(config_, name);
        } else if (!key.value.clear)
            return report(fmt::format("{}: \"{}\" is already set in this file", entry.origin, entry.key));
        if (!key.value.put(config_, name, entry.value))
            return report(fmt::format("{}: {} = {}: must be {}", entry.origin, entry.key,
                                      text::printable(entry.value), key.value.allowed));
        given.push_back({entry.value, entry.origin});
    }

    // What nobody has set is as it is by default beside this state.
    void follow_state() {
        const Config defaults(config_.state);
        config_.libvirt.console_path = defaults.libvirt.console_path; // which has no key
        for (const auto& section : settings::sections()) {
            if (section.named) continue;
            for (const auto* key : settings::keys_of(section))
                if (!config_.given.contains(settings::title_of(*key))) reset(*key, defaults);
        }
    }

    void reset(const settings::Key& key, const Config& defaults) {
        if (key.value.clear) key.value.clear(config_, {});
        for (const auto& text : key.value.shown(defaults, {})) key.value.put(config_, {}, text);
    }

    Config config_;
    std::vector<std::string> problems_;
    std::set<std::string, std::less<>> in_this_file_; // titles of keys
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
