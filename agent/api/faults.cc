#include "agent/api/faults.hh"

#include "agent/render/json.hh"
#include "agent/render/opennebula_xml.hh"

#include <algorithm>
#include <array>
#include <utility>

namespace api {
namespace {

struct Row {
    Fault fault;
    int status;
    std::string_view word; // for programs
};
constexpr std::array faults{
    Row{Fault::precondition, 412, "precondition"},
    Row{Fault::unprocessable, 422, "unprocessable"},
    Row{Fault::gone, 410, "gone"},
    Row{Fault::timeout, 504, "timeout"},
    Row{Fault::invalid, 400, "invalid"},
    Row{Fault::unauthenticated, 401, "unauthenticated"},
    Row{Fault::forbidden, 403, "forbidden"},
    Row{Fault::not_found, 404, "not_found"},
    Row{Fault::conflict, 409, "conflict"},
    Row{Fault::unsupported, 501, "unsupported"},
    Row{Fault::too_large, 413, "too_large"},
    Row{Fault::busy, 503, "busy"},
    Row{Fault::unavailable, 503, "unavailable"},
    Row{Fault::internal, 500, "internal"},
    Row{Fault::media_type, 415, "media_type"},
};
// Statuses that no fault has.
constexpr std::array others{
    std::pair{405, std::string_view("method")},      std::pair{406, std::string_view("not_acceptable")},
    std::pair{408, std::string_view("timeout")},     std::pair{414, std::string_view("too_large")},
    std::pair{417, std::string_view("expectation")}, std::pair{431, std::string_view("too_large")},
    std::pair{505, std::string_view("unsupported")},
};
constexpr auto seconds_to_come_back = "2";

std::string_view word_of(int status) noexcept {
    for (const auto& [each, word] : others)
        if (each == status) return word;
    for (const auto& row : faults)
        if (row.status == status) return row.word;
    return "internal";
}

http::Response compose(int status, std::string_view word, std::string_view sentence,
                       const render::Media& media) {
    using enum render::Rendering;
    http::Response answer;
    answer.status = status;
    answer.content_type = media.content_type;
    answer.body = media.rendering == xml    ? render::opennebula::write_error(sentence)
                  : media.rendering == json ? render::write_json_error(status, word, sentence)
                                            : std::string(sentence) + "\n";
    if (status == 503 || status == 504) answer.headers.emplace_back("Retry-After", seconds_to_come_back);
    return answer;
}

} // namespace

int status_of(Fault fault) noexcept {
    for (const auto& row : faults)
        if (row.fault == fault) return row.status;
    return 500;
}

http::Response error_answer(Fault fault, std::string_view sentence, const render::Media& media) {
    const auto row = std::ranges::find(faults, fault, &Row::fault);
    return row == faults.end() ? error_answer(500, sentence, media)
                               : compose(row->status, row->word, sentence, media);
}

http::Response error_answer(int status, std::string_view sentence, const render::Media& media) {
    return compose(status, word_of(status), sentence, media);
}

} // namespace api
