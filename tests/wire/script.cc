#include "tests/wire/script.hh"

#include "agent/base/hex.hh"
#include "agent/base/text.hh"

#include <algorithm>
#include <array>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string_view>
#include <type_traits>

namespace wire {
namespace {

using Kind = Step::Kind;

// Lines that begin with a mark: what stands behind it, and a blank, is text with escapes.
struct Mark {
    std::string_view mark;
    Kind kind;
};
constexpr std::array marks{Mark{">", Kind::send},      Mark{">>", Kind::send},        Mark{"<", Kind::answer},
                           Mark{"<+", Kind::header},   Mark{"<-", Kind::no_header},   Mark{"<=", Kind::body},
                           Mark{"<~", Kind::body_has}, Mark{"<!", Kind::body_has_not}};

// Lines that are nothing but these words.
constexpr std::array words{Mark{"headers only", Kind::headers_only}, Mark{"end sending", Kind::end_sending},
                           Mark{"open", Kind::open}, Mark{"closed", Kind::closed},
                           Mark{"ended", Kind::ended}};

// limit NAME VALUE: counts as they are, times in milliseconds.
template <auto member> void put(http::Limits& all, std::size_t value) {
    auto& limit = all.*member;
    limit = static_cast<std::remove_reference_t<decltype(limit)>>(value);
}
struct Limit {
    std::string_view name;
    void (*put)(http::Limits&, std::size_t);
};
constexpr std::array limits{Limit{"connections", put<&http::Limits::connections>},
                            Limit{"connections_per_address", put<&http::Limits::connections_per_address>},
                            Limit{"requests_per_connection", put<&http::Limits::requests_per_connection>},
                            Limit{"header_bytes", put<&http::Limits::header_bytes>},
                            Limit{"header_count", put<&http::Limits::header_count>},
                            Limit{"target_bytes", put<&http::Limits::target_bytes>},
                            Limit{"body_bytes", put<&http::Limits::body_bytes>},
                            Limit{"body_rate", put<&http::Limits::body_rate>},
                            Limit{"header_time", put<&http::Limits::header_time>},
                            Limit{"body_time", put<&http::Limits::body_time>},
                            Limit{"idle_time", put<&http::Limits::idle_time>},
                            Limit{"write_time", put<&http::Limits::write_time>},
                            Limit{"linger_time", put<&http::Limits::linger_time>},
                            Limit{"workers", put<&http::Limits::workers>},
                            Limit{"stream_workers", put<&http::Limits::stream_workers>},
                            Limit{"queued", put<&http::Limits::queued>},
                            Limit{"streams", put<&http::Limits::streams>}};

std::size_t count_in(std::string_view digits) {
    const auto count = text::to_number(digits, 100'000'000);
    if (!count) throw std::runtime_error("a number is expected");
    return *count;
}

// \r \n \t \0 \\ and \xHH; anything else behind a backslash is a mistake of the case's author.
std::string unescape(std::string_view raw) {
    constexpr std::array<std::pair<char, char>, 5> letters{
        {{'r', '\r'}, {'n', '\n'}, {'t', '\t'}, {'0', '\0'}, {'\\', '\\'}}};
    std::string plain;
    for (std::size_t at = 0; at < raw.size(); ++at) {
        if (raw[at] != '\\') {
            plain += raw[at];
            continue;
        }
        const char letter = ++at < raw.size() ? raw[at] : ' ';
        if (letter == 'x' && at + 2 < raw.size()) {
            const auto byte = text::from_hex(raw.substr(at + 1, 2));
            if (!byte) throw std::runtime_error("\\x stands before two hexadecimal digits");
            plain += static_cast<char>(*byte);
            at += 2;
            continue;
        }
        bool known = false;
        for (const auto& [name, meaning] : letters)
            if (name == letter) {
                plain += meaning;
                known = true;
            }
        if (!known) throw std::runtime_error("an escape is one of \\r \\n \\t \\0 \\\\ \\xHH");
    }
    return plain;
}

// "on NAME" or "on NAME*COUNT"
Step read_on(std::string_view rest) {
    const auto star = rest.find('*');
    Step step{Kind::on, 0, std::string(rest.substr(0, star))};
    if (star != std::string_view::npos) step.count = count_in(rest.substr(star + 1));
    return step;
}

void put_limit(std::string_view rest, http::Limits& all) {
    const auto blank = rest.find(' ');
    for (const auto& limit : limits)
        if (limit.name == rest.substr(0, blank) && blank != std::string_view::npos)
            return limit.put(all, count_in(rest.substr(blank + 1)));
    throw std::runtime_error("there is no such limit");
}

std::string read_carrier(const std::string& name) {
    if (std::ranges::find(carriers, name) == carriers.end())
        throw std::runtime_error("there is no such carrier");
    return name;
}

// MARK[*COUNT][ TEXT]
Step read_marked(std::string_view line) {
    const auto blank = line.find(' ');
    auto mark = line.substr(0, blank);
    const auto rest = blank == std::string_view::npos ? "" : line.substr(blank + 1);
    std::size_t count = 1;
    if (const auto star = mark.find('*'); star != std::string_view::npos) {
        count = count_in(mark.substr(star + 1));
        mark = mark.substr(0, star);
    }
    for (const auto& known : marks) {
        if (known.mark != mark) continue;
        Step step{known.kind, 0, unescape(rest), {}, count};
        if (mark == ">") step.text += "\r\n";
        if (known.kind != Kind::header) return step;
        const auto colon = step.text.find(": ");
        if (colon == std::string::npos) throw std::runtime_error("a header is NAME: VALUE");
        step.value = step.text.substr(colon + 2);
        step.text.resize(colon);
        return step;
    }
    throw std::runtime_error("it begins with no mark and is no word of the format");
}

Step read_step(std::string_view line) {
    for (const auto& word : words)
        if (word.mark == line) return {word.kind, 0};
    if (line.starts_with("on ")) return read_on(line.substr(3));
    return read_marked(line);
}

} // namespace

Script parse_script(const std::string& name, const std::string& all) {
    constexpr std::string_view limit = "limit ", not_over = "not over ";
    Script script;
    std::size_t number = 0;
    for (const auto& line : text::split(all, '\n')) {
        ++number;
        if (line.empty() || line.starts_with('#')) continue;
        try {
            if (line.starts_with(limit)) {
                if (!script.limits) script.limits.emplace();
                put_limit(std::string_view(line).substr(limit.size()), *script.limits);
                continue;
            }
            if (line.starts_with(not_over)) {
                script.not_over.push_back(read_carrier(line.substr(not_over.size())));
                continue;
            }
            script.steps.push_back(read_step(line));
            script.steps.back().line = number;
        } catch (const std::runtime_error& failure) {
            throw std::runtime_error(name + ":" + std::to_string(number) + ": " + failure.what());
        }
    }
    return script;
}

Script read_script(const std::filesystem::path& file) {
    std::ifstream in(file, std::ios::binary);
    if (!in) throw std::runtime_error("cannot read " + file.string());
    return parse_script(file.filename(), {std::istreambuf_iterator<char>(in), {}});
}

} // namespace wire
