#pragma once
// The provider whose conformance is checked: a real agent on the private host's libvirt, asked over a real socket. It
// stands for the whole suite. A case makes what it needs; what it leaves is taken away behind it.
//
// Threads: one.

#include "tests/live/fixture.hh"
#include "tests/support/client.hh"

#include <set>
#include <string>
#include <vector>

namespace conformance {

using support::Answer, support::Headers;

class Provider {
public:
    Provider();

    const support::Client& client() const noexcept { return fixture_.client; }
    const live::Fixture& fixture() const noexcept { return fixture_; }
    std::string base() const; // "http://127.0.0.1:PORT"

    // The answer in text/plain, unless `headers` have an Accept. A body is JSON when it begins with a brace, or else
    // text/plain, unless they have a Content-Type.
    Answer send(const std::string& method, const std::string& target, const std::string& body = {},
                Headers headers = {}) const;
    Answer get(const std::string& target, Headers headers = {}) const {
        return send("GET", target, {}, std::move(headers));
    }
    Answer get_as(const std::string& accept, const std::string& target) const {
        return get(target, {{"Accept", accept}});
    }
    Answer post(const std::string& target, const std::string& body = {}, Headers headers = {}) const {
        return send("POST", target, body, std::move(headers));
    }
    Answer put(const std::string& target, const std::string& body, Headers headers = {}) const {
        return send("PUT", target, body, std::move(headers));
    }
    Answer remove(const std::string& target, const std::string& body = {}, Headers headers = {}) const {
        return send("DELETE", target, body, std::move(headers));
    }
    Answer act(const std::string& path, const std::string& action, const std::string& more = {}) const;

    // The paths of the members of a collection: "/compute/ID".
    std::vector<std::string> members(const std::string& location, Headers headers = {}) const;
    bool has(const std::string& location, const std::string& path) const;

    // What is there for all cases, who only read it: a guest that runs, with a disk of an image and a NIC on a network
    // of ours.
    struct Standing {
        std::string image, network, compute; // paths
        std::string storagelink, networkinterface;
        std::string os_template; // its term
    };
    const Standing& standing(); // makes it, when it is not there

    // Each makes one for this case; its path. Throw std::runtime_error when that is refused.
    std::string make(const std::string& location, const std::string& body) const;
    std::string storage(const std::string& more = {}) const;
    std::string network(const std::string& more = {}) const; // 10.211.0.0/24
    std::string compute(const std::string& more = {}) const; // without a disk, running
    std::string guest(const std::string& more = {});         // with the micro guest, running and listening
    void define(const std::string& term) const;              // a mixin of a user, at /TERM/

    // What the attribute is, now or in the end.
    std::string value(const std::string& path, const std::string& attribute) const;
    bool becomes(const std::string& path, const std::string& attribute, const std::string& value) const;
    bool boots(const std::string& compute, std::size_t times = 1) const; // its guest has said so, so often
    bool is_gone(const std::string& path) const;                         // in the end

    // How many entities there are of every kind, to see that a refusal made none.
    std::vector<std::size_t> counts() const;

    // Takes away all that cases made. Throws std::runtime_error when something stays.
    void tidy();
    // The same of what is there for all of them, at the end of all.
    void tidy_all();

private:
    std::set<std::string> kept() const;

    live::Fixture fixture_;
    std::set<std::string> first_; // what was there in the beginning
    Standing standing_;
};

} // namespace conformance
