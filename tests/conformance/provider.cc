#include "tests/conformance/provider.hh"

#include "agent/base/text.hh"
#include "tests/conformance/words.hh"
#include "tests/support/eventually.hh"

#include <algorithm>
#include <array>
#include <chrono>
#include <stdexcept>

namespace conformance {
namespace {

// In the order in which they can be taken away.
constexpr std::array locations{"/compute/", "/storage/", "/network/"};
constexpr std::array all_locations{"/compute/", "/storage/", "/network/", "/storagelink/",
                                   "/networkinterface/"};
constexpr auto is_up = "MICRO: UP"; // the guest
constexpr auto patience = std::chrono::seconds(60);

bool has_header(const Headers& headers, std::string_view name) {
    return std::ranges::any_of(headers, [&](const auto& header) { return text::same(header.first, name); });
}

} // namespace

Provider::Provider() {
    for (const auto* location : locations)
        for (auto& path : members(location)) first_.insert(std::move(path));
}

std::string Provider::base() const { return "http://127.0.0.1:" + std::to_string(client().port()); }

Answer Provider::send(const std::string& method, const std::string& target, const std::string& body,
                      Headers headers) const {
    if (!has_header(headers, "Accept")) headers.emplace_back("Accept", "text/plain");
    if (!body.empty() && !has_header(headers, "Content-Type"))
        headers.emplace_back("Content-Type", body.starts_with('{') ? "application/occi+json" : "text/plain");
    return client().send(method, target, body, headers);
}

Answer Provider::act(const std::string& path, const std::string& action, const std::string& more) const {
    const auto slash = path.find('/', 1);
    const auto kind = path.substr(1, slash - 1);
    return post(path + "?action=" + action, category(action, action_scheme(kind), "action") + more);
}

std::vector<std::string> Provider::members(const std::string& location, Headers headers) const {
    headers.emplace_back("Accept", "text/uri-list");
    const auto answer = get(location, std::move(headers));
    if (answer.status != 200)
        throw std::runtime_error(location + ": " + std::to_string(answer.status) + " " + answer.body);
    std::vector<std::string> paths;
    for (const auto& line : text::split(answer.body, '\n'))
        if (const auto url = text::trim(line); !url.empty()) paths.push_back(path_of(std::string(url)));
    return paths;
}

bool Provider::has(const std::string& location, const std::string& path) const {
    const auto all = members(location);
    return std::ranges::find(all, path) != all.end();
}

// ---- what is made --------------------------------------------------------------------------------------------------

std::string Provider::make(const std::string& location, const std::string& body) const {
    const auto answer = post(location, body);
    if (answer.status != 201) throw std::runtime_error(std::to_string(answer.status) + " " + answer.body);
    return path_of(answer.header("Location"));
}

std::string Provider::storage(const std::string& more) const {
    const auto path = make("/storage/", kind("storage") + attribute("occi.storage.size=0.01") + more);
    if (!becomes(path, "occi_agent.phase", "ready"))
        throw std::runtime_error(path + " does not become ready");
    return path;
}

std::string Provider::network(const std::string& more) const {
    return make("/network/", kind("network") + attribute("occi.network.address=\"10.211.0.0/24\"") + more);
}

std::string Provider::compute(const std::string& more) const {
    const auto path = make("/compute/", kind("compute") + more);
    if (!becomes(path, "occi.compute.state", "active"))
        throw std::runtime_error(path + " does not become active: " + get(path).body);
    return path;
}

std::string Provider::guest(const std::string& more) {
    const auto path = compute(mixin(standing().os_template, os_scheme) + more);
    if (!boots(path)) throw std::runtime_error(path + " does not boot: " + get(path).body);
    return path;
}

void Provider::define(const std::string& term) const {
    const auto answer = post("/-/", mixin_line(term, user_scheme) + "; location=\"/" + term + "/\"");
    if (answer.status != 200) throw std::runtime_error(std::to_string(answer.status) + " " + answer.body);
}

// A case that deletes all of a kind takes some of it away: only that is made anew.
const Provider::Standing& Provider::standing() {
    const auto is_there = [this](const std::string& path) {
        return !path.empty() && get(path).status == 200;
    };
    if (is_there(standing_.compute)) return standing_;
    if (!is_there(standing_.image)) standing_.image = "/storage/" + fixture_.image("micro.raw");
    if (!is_there(standing_.network))
        standing_.network =
            make("/network/", kind("network") + attribute("occi.network.address=\"10.210.0.0/24\""));
    standing_.os_template = "micro-raw";
    standing_.compute =
        make("/compute/", kind("compute") + mixin(standing_.os_template, os_scheme) +
                              attribute("occi.core.title=\"standing\"") + link_to(standing_.network));
    if (!boots(standing_.compute)) throw std::runtime_error("the guest of all cases does not boot");
    becomes(standing_.compute, "occi.compute.state", "active");
    for (const auto& line : lines_of(get(standing_.compute).body, "Link")) {
        const auto self = parameter(line, "self");
        if (self.starts_with("/storagelink/")) standing_.storagelink = self;
        if (self.starts_with("/networkinterface/")) standing_.networkinterface = self;
    }
    return standing_;
}

// ---- what is seen --------------------------------------------------------------------------------------------------

std::string Provider::value(const std::string& path, const std::string& attribute) const {
    return value_of(get(path).body, attribute);
}

bool Provider::becomes(const std::string& path, const std::string& attribute,
                       const std::string& wanted) const {
    return support::eventually([&] { return value(path, attribute) == wanted; }, patience);
}

bool Provider::boots(const std::string& compute, std::size_t times) const {
    return support::eventually(
        [&] {
            const auto console = fixture_.console(compute.substr(compute.rfind('/') + 1));
            std::size_t count = 0;
            for (auto at = console.find(is_up); at != console.npos; at = console.find(is_up, at + 1)) ++count;
            return count >= times;
        },
        patience);
}

bool Provider::is_gone(const std::string& path) const {
    return support::eventually([&] { return get(path).status == 404; }, patience);
}

std::vector<std::size_t> Provider::counts() const {
    std::vector<std::size_t> counts;
    for (const auto* location : all_locations) counts.push_back(members(location).size());
    return counts;
}

// ---- and taken away ------------------------------------------------------------------------------------------------

std::set<std::string> Provider::kept() const {
    auto all = first_;
    all.insert({standing_.image, standing_.network, standing_.compute});
    return all;
}

void Provider::tidy_all() {
    standing_ = {};
    tidy();
}

void Provider::tidy() {
    const auto keep = kept();
    for (const auto* location : locations)
        for (const auto& path : members(location)) {
            if (keep.contains(path)) continue;
            std::string said;
            // It may be busy with what the case began, and is refused until that has ended.
            const bool is_removed = support::eventually(
                [&] {
                    const auto answer = remove(path);
                    said = answer.body;
                    return answer.status == 200 || answer.status == 202 || answer.status == 404;
                },
                patience);
            if (!is_removed || !is_gone(path)) throw std::runtime_error(path + ": " + said);
        }
    for (const auto& line : lines_of(get("/-/").body, "Category"))
        if (parameter(line, "scheme").starts_with("http://conformance.example/"))
            remove("/-/", "Category: " + line);
}

} // namespace conformance
