#pragma once
// A small HTTP client for tests: one request a connection, over a real socket, with bytes as they are.

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace support {

struct Answer {
    int status = 0;
    std::map<std::string, std::string> headers; // names in lower case
    std::string body;

    std::string header(const std::string& name) const;
    std::string id() const; // the last segment of Location
};

using Headers = std::vector<std::pair<std::string, std::string>>;

class Client {
public:
    explicit Client(unsigned port) : port_(port) {}
    unsigned port() const noexcept { return port_; }

    // Adds Host (unless given) and, when there is a body or the method wants one, Content-Length. Throws std::runtime_error when
    // no whole answer comes within 30 s.
    Answer send(const std::string& method, const std::string& target, std::string_view body = {},
                const Headers& = {}) const;
    Answer get(const std::string& target) const { return send("GET", target); }
    Answer post(const std::string& target, std::string_view body) const { return send("POST", target, body); }
    Answer put(const std::string& target, std::string_view body) const { return send("PUT", target, body); }
    Answer remove(const std::string& target) const { return send("DELETE", target); }

    // Sends bytes as they are and reads until the other side closes or the answer is whole.
    Answer raw(const std::string& bytes, bool head = false) const;

private:
    unsigned port_;
};

} // namespace support
