#pragma once
// A small HTTP client for tests: one request a connection, over a real socket, with bytes as they are.

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace support {

struct Answer {
    int status = 0;
    std::map<std::string, std::string> headers; // names in lower case; those of one name with commas
    std::string body;

    std::string header(const std::string& name) const;
    std::string id() const; // the last segment of Location
};

using Headers = std::vector<std::pair<std::string, std::string>>;

class Client {
public:
    // `is_there`: whether somebody may still answer. It is asked now and then while an answer is waited for, on the
    // thread that waits, so that a server that has died with its socket kept open by another is not waited for.
    explicit Client(unsigned port, std::function<bool()> is_there = {})
        : port_(port), is_there_(std::move(is_there)) {}
    unsigned port() const noexcept { return port_; }

    // Adds Host (unless given) and, when there is a body or the method wants one, Content-Length. Throws
    // std::runtime_error when no whole answer comes within 30 s, or nobody is there.
    Answer send(const std::string& method, const std::string& target, std::string_view body = {},
                const Headers& = {}) const;
    Answer get(const std::string& target) const { return send("GET", target); }
    Answer post(const std::string& target, std::string_view body) const { return send("POST", target, body); }
    Answer put(const std::string& target, std::string_view body) const { return send("PUT", target, body); }
    Answer remove(const std::string& target) const { return send("DELETE", target); }

    // Sends bytes as they are and reads until the other side closes or the answer is whole.
    Answer raw(const std::string& bytes, bool head = false) const;

private:
    bool wait(int socket) const;

    unsigned port_;
    std::function<bool()> is_there_;
};

} // namespace support
