#include "agent/service/compute/link_ends.hh"

#include "agent/base/error.hh"
#include "agent/base/text.hh"

namespace service {

Uuid end_at(const std::string& path, const occi::Kind& kind) {
    if (path.empty()) return {};
    if (!path.starts_with(kind.location) || path.find('/', kind.location.size()) != path.npos)
        throw Error(Fault::invalid, "\"" + text::printable(path) + "\" is no " + kind.id.term +
                                        ": such a link ends at " + kind.location + "ID");
    return path.substr(kind.location.size());
}

} // namespace service
