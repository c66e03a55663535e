#pragma once
// A connected byte stream, whatever carries it: what a raw case (raw_test.cc) is played over. Neither send() nor
// receive() waits: a caller that has nothing to do polls the descriptor.
//
// Threads: one owner. Failures: std::runtime_error when it cannot be connected; after that the answer is `gone`.

#include <cstddef>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

namespace wire {

class Stream {
public:
    enum class State {
        good,
        ended, // the other side sends no more
        gone   // neither side can be used: a reset, or what the carrier does not allow
    };
    virtual ~Stream() = default;

    virtual int descriptor() const = 0;
    // Takes off the front of `bytes` what leaves now.
    virtual State send(std::string_view& bytes) = 0;
    // Appends what has come.
    virtual State receive(std::string& to) = 0;
    virtual void end_sending() = 0;
};

std::unique_ptr<Stream> connect_tcp(unsigned port);
std::unique_ptr<Stream> connect_unix(const std::filesystem::path&);
// `authority`: the certificate of who must have signed that of the server.
std::unique_ptr<Stream> connect_tls(unsigned port, const std::filesystem::path& authority);

} // namespace wire
