#include "tests/golden/key_documents.hh"

#include "agent/base/text.hh"
#include "agent/config/keys.hh"

#include <fmt/ranges.h>

#include <functional>
#include <string_view>
#include <vector>

namespace key_documents {
namespace {

using settings::Key, settings::Section;

constexpr std::size_t widest = 110;
constexpr auto some_name = "NAME";

std::string replaced(std::string text, std::string_view what, std::string_view by) {
    for (auto at = text.find(what); at != text.npos; at = text.find(what, at + by.size()))
        text.replace(at, what.size(), by);
    return text;
}

// In lines that are not too wide, each behind `prefix`; no text, no line.
std::string wrapped(const std::string& text, const std::string& prefix = "") {
    if (text.empty()) return "";
    std::string lines, line;
    for (const auto& word : text::split(text, ' ')) {
        if (!line.empty() && prefix.size() + line.size() + 1 + word.size() > widest) {
            lines += prefix + line + "\n";
            line.clear();
        }
        line += (line.empty() ? "" : " ") + word;
    }
    return lines + prefix + line + "\n";
}

// What a key is when nobody has set it.
std::vector<std::string> defaults_of(const Section& section, const Key& key) {
    Config config;
    if (section.named) section.named->add(config, some_name);
    return key.value.shown(config, section.named ? some_name : "");
}

std::string shown_default(const Section& section, const Key& key) {
    const auto texts = defaults_of(section, key);
    const bool is_empty = texts.empty() || texts.front().empty();
    return is_empty ? "Empty by default." : fmt::format("Default: `{}`.", fmt::join(texts, "`, `"));
}

std::string rule_of(const Key& key) {
    const auto repeated =
        key.value.clear ? " May be repeated: the first line in a file replaces what stood before." : "";
    const auto holds =
        key.applies == settings::Applies::at_once ? "A change holds at once." : "A change needs a restart.";
    return fmt::format("Must be {}.{} {}", key.value.allowed, repeated, holds);
}

// "`small`: `cpu = 1`, `memory_mib = 1024`."
std::string shown_thing(const Section& section, const std::string& name) {
    std::vector<std::string> settings;
    for (const auto* key : keys_of(section))
        settings.push_back(
            fmt::format("`{} = {}`", key->name, fmt::join(key->value.shown(Config(), name), ", ")));
    return fmt::format("`{}`: {}.", name, fmt::join(settings, ", "));
}

std::vector<std::string> names_of(const Section& section) { return section.named->names(Config()); }

// ---- etc/occi-agent.conf ----

std::string comment(std::string_view text) { return wrapped(replaced(std::string(text), "`", ""), "# "); }

std::string commented(const Key& key, const std::vector<std::string>& texts) {
    if (texts.empty()) return fmt::format("#{} =\n", key.name);
    std::string lines;
    for (const auto& text : texts)
        lines += fmt::format("#{} ={}{}\n", key.name, text.empty() ? "" : " ", text);
    return lines;
}

std::string configuration_of(const Section& section) {
    auto all = fmt::format("[{}]\n{}", section.heading, comment(section.explanation));
    for (const auto* key : keys_of(section))
        all += "\n" + comment(key->explanation) + comment(rule_of(*key)) +
               commented(*key, key->value.shown(Config(), {}));
    return all;
}

// What the keys of all of them mean stands once, above the first.
std::string configuration_of_named(const Section& section) {
    auto all = comment(section.explanation);
    for (const auto* key : keys_of(section))
        all += comment(fmt::format("{}: {} {}", key->name, key->explanation, rule_of(*key)));
    for (const auto& name : names_of(section)) {
        all += fmt::format("\n[{} {}]\n", section.first_word(), name);
        for (const auto* key : keys_of(section)) all += commented(*key, key->value.shown(Config(), name));
    }
    return all;
}

// ---- etc/man/occi-agent.conf.5 ----

// Every second backtick ends what is literal.
std::string mdoc(std::string_view text) {
    std::string all;
    bool is_literal = false;
    for (const char letter : text) {
        if (letter == '`') {
            is_literal = !is_literal;
            all += is_literal ? "\\fB" : "\\fR";
        } else
            all += letter == '\\' ? "\\e" : std::string(1, letter);
    }
    return replaced(replaced(wrapped(all), "\n.", "\n\\&."), "\n'", "\n\\&'");
}

std::string manual_of(const Section& section) {
    auto all = fmt::format(".Ss [{}]\n{}.Bl -tag -width Ds\n", section.heading, mdoc(section.explanation));
    for (const auto* key : keys_of(section))
        all += fmt::format(".It Cm {}\n{}.br\n{}", key->name, mdoc(key->explanation),
                           mdoc(rule_of(*key) + " " + shown_default(section, *key)));
    all += ".El\n";
    if (section.named)
        for (const auto& name : names_of(section)) all += ".Pp\n" + mdoc(shown_thing(section, name));
    return all;
}

// ---- etc/doc/configuration.md ----

std::string markdown_of(const Section& section) {
    auto all = fmt::format("## `[{}]`\n", section.heading);
    if (!section.explanation.empty()) all += "\n" + wrapped(std::string(section.explanation));
    if (section.named) {
        all += "\n";
        for (const auto& name : names_of(section)) all += "- " + shown_thing(section, name) + "\n";
    }
    for (const auto* key : keys_of(section))
        all += fmt::format("\n### `{}`\n\n{}\n{}", key->name, wrapped(std::string(key->explanation)),
                           wrapped(rule_of(*key) + " " + shown_default(section, *key)));
    return all;
}

std::string joined(const std::function<std::string(const Section&)>& of, const char* between) {
    std::string all;
    for (const auto& section : settings::sections()) all += (all.empty() ? "" : between) + of(section);
    return all;
}

} // namespace

std::string configuration() {
    return joined(
        [](const Section& section) {
            return section.named ? configuration_of_named(section) : configuration_of(section);
        },
        "\n");
}

std::string manual() { return joined(manual_of, ""); }
std::string markdown() { return joined(markdown_of, "\n"); }

} // namespace key_documents
