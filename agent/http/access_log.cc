#include "agent/http/access_log.hh"

#include "agent/base/text.hh"

#include <fmt/format.h>

#include <utility>
#include <vector>

namespace http {
namespace {

constexpr std::chrono::milliseconds most_delay{50};

std::string or_dash(std::string_view word) { return word.empty() ? "-" : text::printable(word); }

} // namespace

void AccessLog::note(Turn& turn, Clock::time_point ended) {
    if (std::exchange(turn.noted, true) || !is_on || !logging::shows(logging::Level::info)) return;
    const auto& head = turn.block.request;
    const auto method = or_dash(head.method_text), path = or_dash(head.path),
               user = or_dash(turn.admission ? turn.admission->user() : std::string_view());
    // A request whose client has left before the answer has no status.
    const auto status = turn.status == 0 ? "-" : fmt::to_string(turn.status);
    const std::chrono::duration<double, std::milli> took = ended - turn.began;
    std::vector<logging::Field> fields;
    if (logging::keeps_fields())
        fields = {{"OCCI_METHOD", method},
                  {"OCCI_PATH", path},
                  {"OCCI_STATUS", status},
                  {"OCCI_BYTES", fmt::to_string(turn.body_bytes)},
                  {"OCCI_MILLISECONDS", fmt::format("{:.2f}", took.count())},
                  {"OCCI_USER", user},
                  {"OCCI_PEER", head.peer},
                  {"OCCI_REQUEST", head.id}};
    batch_.add(logging::Level::info,
               fmt::format("{} {} {} {} bytes {:.2f} ms {} {} {}", method, path, status, turn.body_bytes,
                           took.count(), user, head.peer, head.id),
               fields);
    if (!due_) due_ = ended + most_delay;
}

void AccessLog::flush() noexcept {
    batch_.flush();
    due_.reset();
}

} // namespace http
