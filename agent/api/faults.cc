#include "agent/api/faults.hh"

#include "agent/render/opennebula_xml.hh"

#include <array>
#include <utility>

namespace api {
namespace {

constexpr std::array statuses{
    std::pair{Fault::precondition, 412}, std::pair{Fault::unprocessable, 422},
    std::pair{Fault::gone, 410},         std::pair{Fault::timeout, 504},
    std::pair{Fault::invalid, 400},      std::pair{Fault::unauthenticated, 401},
    std::pair{Fault::forbidden, 403},    std::pair{Fault::not_found, 404},
    std::pair{Fault::conflict, 409},     std::pair{Fault::unsupported, 501},
    std::pair{Fault::too_large, 413},    std::pair{Fault::busy, 503},
    std::pair{Fault::unavailable, 503},  std::pair{Fault::internal, 500},
    std::pair{Fault::media_type, 415},
};
constexpr auto seconds_to_come_back = "2";

} // namespace

int status_of(Fault fault) noexcept {
    for (const auto& [each, status] : statuses)
        if (each == fault) return status;
    return 500;
}

http::Response error_answer(int status, std::string_view sentence, bool as_xml) {
    http::Response answer;
    answer.status = status;
    answer.content_type = as_xml ? "application/xml;charset=utf-8" : "text/plain;charset=utf-8";
    answer.body = as_xml ? render::draft::write_error(sentence) : std::string(sentence) + "\n";
    if (status == 503 || status == 504) answer.headers.emplace_back("Retry-After", seconds_to_come_back);
    return answer;
}

bool wants_xml(const http::Head& head) noexcept {
    const auto accept = head.header("Accept");
    return accept && (accept->find("application/xml") != std::string_view::npos ||
                      accept->find("text/xml") != std::string_view::npos);
}

} // namespace api
