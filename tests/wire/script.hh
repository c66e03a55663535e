#pragma once
// A raw case as it stands in its file: what is sent, and what must come back, line by line. README.md has the format.
//
// Threads: values. Failures: std::runtime_error that names the file and the line.

#include "agent/http/limits.hh"

#include <array>
#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace wire {

struct Step {
    enum class Kind {
        on,           // `text` names the connections of the steps that follow; there are `count` of them
        send,         // `text`, `count` times
        end_sending,  // our side of the connection
        answer,       // the next answer, or the next `count`, begin with the line `text`
        headers_only, // of that answer only the headers are read, as HEAD and streams want it
        header,       // it has the header `text` once, with `value`, or with any when that is "*"
        no_header,    // it has no header `text`
        body,         // its body is `text`
        body_has,     // `text` is in its body
        body_has_not, // `text` is not in its body
        open,         // nothing more has come, and the connection takes another request
        closed,       // nothing more comes, and the last answer has said so
        ended         // nothing more comes, without a word of it
    };
    Kind kind;
    std::size_t line; // of the file
    std::string text{};
    std::string value{};
    std::size_t count = 1;
};

// What can carry the bytes of a case, by their names.
constexpr std::array<std::string_view, 3> carriers{"tcp", "unix", "tls"};

struct Script {
    std::optional<http::Limits>
        limits;                        // of the server that it is played to, when they are not the usual ones
    std::vector<std::string> not_over; // carriers that it cannot be played over
    std::vector<Step> steps;
};

Script read_script(const std::filesystem::path&);
Script parse_script(const std::string& name, const std::string& text);

} // namespace wire
