#include "agent/fetch/door.hh"

#include "agent/base/error.hh"
#include "agent/base/text.hh"
#include "agent/fetch/hop.hh"
#include "agent/fetch/resolve.hh"

#include <algorithm>

namespace fetch {
namespace {

constexpr unsigned most_lookups_left = 8; // that hang in the system's resolver

void check_admitted(const Url& url, const Policy& policy) {
    if (!policy.admits_scheme(url.scheme))
        throw Error(Fault::forbidden, url.shown() + ": only https is allowed");
    if (!policy.admits_host(url.host))
        throw Error(Fault::forbidden, url.shown() + ": the host is not one of those that are allowed");
}

void check_headers(const Question& question) {
    const auto is_one_line = [](std::string_view value) {
        return value.find_first_of(std::string_view("\r\n\0", 3)) == value.npos;
    };
    const bool fine = is_one_line(question.authorization) && is_one_line(question.body_type) &&
                      is_one_line(question.if_range) &&
                      std::ranges::all_of(question.headers, [&](const Header& header) {
                          return is_one_line(header.name) && is_one_line(header.value);
                      });
    if (!fine) throw Error(Fault::invalid, "a header is one line");
}

std::vector<Ip> addresses(const Hop& hop, PatientCaller& caller, const std::stop_token& stop) {
    const auto literal = Ip::parse(hop.url.host);
    // A name is the proxy's to look up.
    if (!hop.policy.proxy.empty() && !literal) return {};
    auto admitted = admitted_addresses(hop.url, hop.policy, caller, hop.policy.times.connecting, stop);
    if (!hop.policy.proxy.empty()) admitted.clear();
    return admitted;
}

} // namespace

std::string_view Head::header(std::string_view name) const noexcept {
    const auto found =
        std::ranges::find_if(headers, [&](const auto& each) { return text::same(each.name, name); });
    return found == headers.end() ? std::string_view{} : std::string_view(found->value);
}

Door::Door(Policy policy) : policy_(std::move(policy)), resolving_("lookup", most_lookups_left) {}

Head Door::ask(const Question& question, const Sink& sink, std::stop_token stop) const {
    check_headers(question);
    const auto began = Clock::now();
    const auto first = Url::parse(question.url);
    auto url = first;
    for (unsigned hops = 0; hops <= policy_.bounds.redirects; ++hops) {
        check_admitted(url, policy_);
        Hop hop{question, policy_, url};
        hop.shows_authorization = !question.authorization.empty() && url.has_origin_of(first);
        if (policy_.times.whole.count() > 0) hop.whole_until = began + policy_.times.whole;
        hop.pinned = addresses(hop, resolving_, stop);
        Head head;
        const auto location = hop.run(head, sink, stop);
        if (!location) return head;
        auto next = Url::parse(*location, &url);
        if (url.scheme == "https" && next.scheme == "http")
            throw Error(Fault::forbidden, url.shown() + ": it leads from https to http, at " + next.shown());
        url = std::move(next);
    }
    throw Error(Fault::unavailable, first.shown() + ": it leads on and on, more than " +
                                        std::to_string(policy_.bounds.redirects) + " times");
}

Answer Door::ask(const Question& question, std::stop_token stop) const {
    Answer answer;
    const Sink sink{[](const Head&) {}, [&](std::string_view piece) { answer.body += piece; }};
    answer.head = ask(question, sink, std::move(stop));
    return answer;
}

} // namespace fetch
