#include "agent/api/exactly_once.hh"

#include "agent/api/answered.hh"
#include "agent/api/entities.hh"
#include "agent/api/headers.hh"
#include "agent/api/made.hh"
#include "agent/api/upload.hh"
#include "agent/base/digest.hh"
#include "agent/http/bell.hh"

#include <algorithm>
#include <array>

namespace api {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t longest_key = 255;
constexpr auto patience_for_another = std::chrono::seconds(30);
constexpr auto seconds_to_come_back = "5";

std::optional<std::string> key_in(const http::Head& head) {
    constexpr auto name = "Idempotency-Key";
    const auto key = sole_header(head, name);
    if (!key) return std::nullopt;
    const auto visible = [](char c) { return c > ' ' && c < 0x7f; };
    if (key->empty() || key->size() > longest_key || !std::ranges::all_of(*key, visible))
        throw Error(Fault::invalid, std::string(name) + " must be 1 to 255 visible ASCII characters");
    return std::string(*key);
}

std::string digest_of(const Call& call, const std::string& path) {
    const auto& request = call.request;
    auto* upload = call.upload;
    // The boundary of a form is another one each time.
    const auto type = upload ? "multipart/form-data" : request.header("Content-Type").value_or("");
    std::string all;
    for (const auto piece : {std::string_view(request.method_text), std::string_view(path),
                             std::string_view(request.query), type})
        all.append(piece).append("\n");
    return sha256(all + (upload ? upload->digest() : request.body));
}

std::string pack(const http::Headers& headers) {
    std::string lines;
    for (const auto& [name, value] : headers) lines += name + ": " + value + "\n";
    return lines;
}

http::Response unpack(const state::Answer& answer) {
    http::Response response{answer.status, {}, answer.type, answer.body};
    for (const auto& line : text::split(answer.headers, '\n'))
        if (const auto colon = line.find(": "); colon != line.npos)
            response.headers.emplace_back(line.substr(0, colon), line.substr(colon + 2));
    response.headers.emplace_back("Idempotent-Replayed", "true");
    return response;
}

// Rings when nobody has the key any more, for as long as this lives.
class Queueing {
public:
    Queueing(state::Answers& answers, const std::string& key)
        : answers_(answers), call_(answers.call_once(key, [bell = bell_] { bell->ring(); })) {}
    ~Queueing() { answers_.forget(call_); }
    Queueing(const Queueing&) = delete;
    Queueing& operator=(const Queueing&) = delete;
    const std::shared_ptr<http::Bell>& bell() const noexcept { return bell_; }

private:
    std::shared_ptr<http::Bell> bell_ = std::make_shared<http::Bell>();
    state::Answers& answers_;
    std::uint64_t call_;
};

// A request with a key on its way to its answer.
struct Keyed {
    Call call;
    Work work;
    std::string digest;
    By by;
    Clock::time_point until; // so long it waits for another one with the key

    // The URI is a key for as long as what was made is there.
    bool is_outlived() const { return by == By::uri && !is_there(call.services, call.id); }

    // What would be different at another time must not be remembered.
    bool is_final(int status) const noexcept {
        constexpr std::array passing{408, 409, 412, 429};
        return status < (by == By::uri ? 300 : 500) && std::ranges::find(passing, status) == passing.end();
    }
};

// The key, held by the request that has it until its answer is final. When the answer is never made, because the client
// went away or the agent ends, the next one with the key looks into the journal for what became of it.
class Holding {
public:
    Holding(state::Answers& answers, state::Journal& journal, std::string key)
        : answers_(answers), journal_(journal), key_(std::move(key)) {}
    ~Holding() {
        if (!settled_) answers_.abandon(key_);
    }
    Holding(const Holding&) = delete;
    Holding& operator=(const Holding&) = delete;

    // What the answer will be about: an earlier request has begun it.
    void take_over(const state::Operation& begun) { begun_ = begun.id; }

    void settle(const http::Response& response, bool is_final) {
        if (!is_final && has_work()) return;
        settled_ = true; // either of these lets go, whether it succeeds or throws
        if (is_final)
            answers_.finish(key_,
                            {response.status, pack(response.headers), response.content_type, response.body});
        else
            answers_.release(key_);
    }

private:
    // Whether what was taken over goes on or is done, although this answer could not say so: nobody may begin it again.
    bool has_work() const {
        const auto now = begun_.empty() ? std::nullopt : journal_.find(begun_);
        return now && (!has_ended(now->stage) || now->stage == state::Stage::done);
    }

    state::Answers& answers_;
    state::Journal& journal_;
    const std::string key_;
    std::string begun_;
    bool settled_ = false;
};

// The answer, remembered before anybody gets it.
http::Response remembered(const std::shared_ptr<Holding>& holding, const std::function<bool(int)>& is_final,
                          http::Response response) {
    if (!response.later) {
        holding->settle(response, is_final(response.status));
        return response;
    }
    response.later->go_on = [holding, is_final, go_on = std::move(response.later->go_on)] {
        return remembered(holding, is_final, go_on());
    };
    return response;
}

[[noreturn]] void refuse_other(const Keyed& keyed) {
    if (keyed.by == By::uri)
        throw Error(Fault::precondition, "compute " + keyed.call.id + " was made by a different request");
    throw Error(Fault::unprocessable, "this Idempotency-Key was used for a different request");
}

http::Response answer_once(const std::shared_ptr<const Keyed>&);

// Until the key is free; then this one looks again, and does the work itself when the other one has not come to an end.
http::Response wait_for_another(const std::shared_ptr<const Keyed>& keyed) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(keyed->until - Clock::now());
    if (left.count() <= 0) {
        auto answer = error_answer(409, "another request with this Idempotency-Key is still being answered",
                                   media_of_errors(keyed->call.request));
        answer.headers.emplace_back("Retry-After", seconds_to_come_back);
        return answer;
    }
    const auto queueing = std::make_shared<Queueing>(keyed->call.services.answers, keyed->call.key);
    http::Response response;
    response.later = std::make_shared<http::Later>();
    response.later->bell = queueing->bell();
    response.later->patience = left;
    response.later->go_on = [keyed, queueing] { return answer_once(keyed); };
    return response;
}

// Does the work, unless an earlier request that was never answered has begun it: then its answer is made now.
http::Response answer_first(const std::shared_ptr<const Keyed>& keyed, bool may_have_begun) {
    const auto& call = keyed->call;
    const auto& services = call.services;
    const auto holding = std::make_shared<Holding>(services.answers, services.journal, call.key);
    const auto is_final = [keyed](int status) { return keyed->is_final(status); };
    return remembered(holding, is_final, answered(Asked(call.request), [&] {
                          const auto begun =
                              may_have_begun ? services.journal.find_by_key(call.key) : std::nullopt;
                          if (!begun) return keyed->work(call);
                          holding->take_over(*begun);
                          return made(call, *begun);
                      }));
}

http::Response answer_once(const std::shared_ptr<const Keyed>& keyed) {
    using enum state::Answers::Claim;
    auto& answers = keyed->call.services.answers;
    auto claimed = answers.claim(keyed->call.key, keyed->digest);
    const bool outlived = keyed->is_outlived();
    if (outlived && (claimed.claim == finished || claimed.claim == different))
        claimed = answers.claim(keyed->call.key, keyed->digest, state::Answers::Earlier::is_forgotten);
    switch (claimed.claim) {
    case finished: return unpack(claimed.answer);
    case different: refuse_other(*keyed);
    case pending: return wait_for_another(keyed);
    case taken:
    case orphaned: break;
    }
    return answer_first(keyed, claimed.claim == orphaned && !outlived);
}

} // namespace

http::Response once(const Call& call, const Work& work, By by) {
    const auto given = key_in(call.request);
    if (!given && by == By::key) return work(call);
    auto path = call.request.path;
    if (path.ends_with('/')) path.pop_back();
    auto keyed = std::make_shared<Keyed>(Keyed{call, work, digest_of(call, path), given ? By::key : By::uri,
                                               Clock::now() + patience_for_another});
    // No key has a blank in it, so none can look like another's.
    keyed->call.key = call.who.name + " " + call.request.method_text + " " + path + " " + given.value_or("");
    return answer_once(keyed);
}

} // namespace api
