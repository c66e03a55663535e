#pragma once
// The one door outward: GET of what may be large, in pieces, and POST of a small body, over HTTP/1.1 with libcurl. What
// is asked, where, for how long and for how many bytes is bound by a Policy. Each name is looked up, its addresses are
// checked, and one of those is connected to; a redirect is a new question, checked like the first.
//
// Never from the environment: no proxy, no .netrc, no cookies. Connections are not kept. Nothing of this costs anything
// before the first question: libcurl begins then, and a thread is there only while a name is looked up.
//
// Threads: any, several at once; a question blocks its caller, who may call it off from another thread. The callbacks
// of a Sink run on the caller's thread.
//
// Errors name the URL without its query: Error{invalid} for what is no URL; Error{forbidden} for what the policy does
// not admit, of which no packet has been sent; Error{too_large} above a bound; Error{unavailable} for all that the peer
// or the network does, and for what was called off.

#include "agent/base/patient_caller.hh"
#include "agent/fetch/policy.hh"

#include <cstdint>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace fetch {

struct Header {
    std::string name, value;
};

struct Question {
    std::string url;
    std::vector<Header> headers{}; // go to every host that the answer leads to: no secrets
    // The value of Authorization. It goes to the origin of `url` alone. Wiped when the question has been asked; the
    // string here is the caller's to wipe.
    std::string authorization{};
    // POST when there is one. It is never sent on to where a redirect leads.
    std::optional<std::string> body{};
    std::string body_type = "application/x-www-form-urlencoded";
    // RFC 9110, 14.2: what is behind so many bytes, if the whole is still what `if_range` (a strong entity tag or a
    // date) says, and else all of it.
    std::uint64_t from = 0;
    std::string if_range{};
};

// Of the last answer, after all redirects.
struct Head {
    int status = 0;
    std::string url; // where it was found, without its query
    std::vector<Header> headers{};
    std::uint64_t begins_at = 0;         // `from` if the peer has kept to it (206), else 0
    std::optional<std::uint64_t> length; // of the body that comes, where the peer says so

    std::string_view header(std::string_view name) const noexcept; // the first; empty: none
};

// Either may throw: the question ends then, and what was thrown comes out of it.
struct Sink {
    std::function<void(const Head&)> begins; // once, before the body
    std::function<void(std::string_view)> takes;
};

struct Answer {
    Head head;
    std::string body;
};

class Door {
public:
    explicit Door(Policy);

    // Any status is an answer. The body has come as a whole when it returns.
    Head ask(const Question&, const Sink&, std::stop_token = {}) const;
    Answer ask(const Question&, std::stop_token = {}) const;

    const Policy& policy() const noexcept { return policy_; }

private:
    const Policy policy_;
    mutable PatientCaller resolving_;
};

} // namespace fetch
