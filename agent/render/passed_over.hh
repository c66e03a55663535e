#pragma once
// What a document says and nothing here does: it is neither done nor refused, since clients send what they have always
// sent, but named, so that nobody takes it for done.
//
// Threads: values.

#include <string>
#include <string_view>
#include <vector>

namespace render {

// Whether there is something that a document may restate.
enum class Purpose { creation, change };

// Keeps each name once, no more than so many of them, and of each no more than so much: names come from outside.
class PassedOver {
public:
    static constexpr std::size_t most = 16, longest = 80;

    // What is no visible character of ASCII is shown as '?'.
    void add(std::string_view name);
    void add(const PassedOver& more);
    bool is_none() const noexcept { return names_.empty(); }
    // "COMPUTE/FOO, COMPUTE/NICS/NIC/@speed", and at its end ", ..." when there was more.
    std::string text() const;

private:
    std::vector<std::string> names_;
    bool is_cut_ = false;
};

} // namespace render
