#pragma once
// Whose something is and whom it is shared with; and whose things somebody sees, for questions to what has many.
//
// Threads: values. Both refer to the texts that they were made of, and live no longer than these.

#include <optional>
#include <string_view>

// With whom beside its owner, and beside those who look after its group.
enum class Share { nobody, group, everybody };

std::string_view to_text(Share) noexcept; // "private", "group", "public"
std::optional<Share> share_named(std::string_view) noexcept;
Share share_or_none(std::string_view) noexcept; // what is not understood is shared with nobody

struct Ownership {
    std::string_view owner{}, group{}; // empty: nobody's; of no group
    Share share = Share::nobody;
};

// Whose things one sees, beside what is shared with everybody.
struct Reach {
    bool everything = false; // also what is nobody's
    bool all_that_is_owned = false;
    std::string_view name{};  // what is that one's own
    std::string_view group{}; // what is shared with that group
    bool whole_group = false; // and all else that is of it

    bool covers(const Ownership&) const noexcept;
    static Reach of_all() { return {.everything = true}; }
};
