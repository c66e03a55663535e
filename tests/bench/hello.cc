#include "tests/bench/hello.hh"

#include <httplib.h>
#include <thread>

namespace bench {

struct Hello::Parts {
    httplib::Server server;
    std::jthread thread{};
};

Hello::Hello() : parts_(std::make_unique<Parts>()) {
    auto& server = parts_->server;
    server.set_keep_alive_max_count(1'000'000'000);
    server.set_tcp_nodelay(true);
    server.Get("/", [](const httplib::Request&, httplib::Response& answer) {
        answer.set_content("hello", "text/plain");
    });
    port_ = static_cast<unsigned>(server.bind_to_any_port("127.0.0.1"));
    parts_->thread = std::jthread([&server] { server.listen_after_bind(); });
}

Hello::~Hello() { parts_->server.stop(); }

} // namespace bench
