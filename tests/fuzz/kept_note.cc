// A note beside a volume, which anybody may have written.
#include "agent/state/keepsakes.hh"
#include "tests/fuzz/target.hh"

#include <algorithm>

namespace fuzz {

void kept_note(std::string_view bytes) {
    const Uuid id = "6695eb01-0000-4000-8000-000000000001";
    const auto kept = state::read_notes({{id, std::string(bytes)}});
    const auto is_clean = [](const std::string& text) {
        return std::ranges::none_of(text, [](char c) { return static_cast<unsigned char>(c) < ' '; });
    };
    for (const auto& record : kept.storages) {
        require(record.id == id, "a note is of the volume that it lies beside");
        require(is_clean(record.owner) && is_clean(record.title) && is_clean(record.url),
                "what is read is one line");
    }
    for (const auto& record : kept.networks)
        require(record.id == id && is_clean(record.title), "the same of networks");
    for (const auto& record : kept.mixins)
        require(record.id == record.scheme + record.term, "a mixin is named by its scheme and term");
    for (const auto& part : kept.parts) require(part == id, "a part is the volume itself");
}

} // namespace fuzz
