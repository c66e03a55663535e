#pragma once
// The floor of HTTP: bare cpp-httplib saying hello on loopback, with its connections kept open, for as long as this
// lives.

#include <memory>

namespace bench {

class Hello {
public:
    Hello();
    ~Hello();
    unsigned port() const noexcept { return port_; }

private:
    struct Parts;
    std::unique_ptr<Parts> parts_;
    unsigned port_;
};

} // namespace bench
