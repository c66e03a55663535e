#include "agent/state/covered.hh"

#include <fmt/format.h>

namespace state {

std::string covered(std::string_view share) {
    return fmt::format("(? OR {0} = 'public' OR (owner <> '' AND (? OR owner = ?)) OR "
                       "(of_group <> '' AND of_group = ? AND (? OR {0} = 'group')))",
                       share);
}

Statement& bind(Statement& rows, const Reach& reach) {
    return rows.bind(reach.everything ? 1 : 0)
        .bind(reach.all_that_is_owned ? 1 : 0)
        .bind(reach.name)
        .bind(reach.group)
        .bind(reach.whole_group ? 1 : 0);
}

} // namespace state
