#include "agent/api/waiting.hh"

#include "agent/http/bell.hh"

namespace api {
namespace {

// Rings when the operation has ended, for as long as this lives.
class Watch {
public:
    Watch(state::Operations& operations, const std::string& id)
        : operations_(operations), call_(operations.call_once(id, [bell = bell_] { bell->ring(); })) {}
    ~Watch() { operations_.forget(call_); }
    Watch(const Watch&) = delete;
    Watch& operator=(const Watch&) = delete;
    const std::shared_ptr<http::Bell>& bell() const noexcept { return bell_; }

private:
    std::shared_ptr<http::Bell> bell_ = std::make_shared<http::Bell>();
    state::Operations& operations_;
    std::uint64_t call_;
};

} // namespace

http::Response when_ended(state::Operations& operations, const std::string& operation,
                          std::chrono::milliseconds patience,
                          std::function<http::Response(const std::optional<state::Operation>&)> answer) {
    const auto watch = std::make_shared<Watch>(operations, operation);
    http::Response later;
    later.later = std::make_shared<http::Later>();
    later.later->bell = watch->bell();
    later.later->patience = patience;
    later.later->go_on = [&operations, operation, watch, answer = std::move(answer)] {
        auto now = operations.find(operation);
        if (now && !has_ended(now->stage)) now.reset();
        return answer(now);
    };
    return later;
}

} // namespace api
