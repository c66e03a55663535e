#include "agent/api/page.hh"

#include "agent/api/query.hh"
#include "agent/base/error.hh"

#include <algorithm>

namespace api {
namespace {

constexpr std::uint64_t usual_page = 100, longest_page = 1000;

} // namespace

Page page_in(std::string_view query, std::size_t size) {
    const auto page = number_in(query, "page", {0, UINT32_MAX});
    const auto number = number_in(query, "number", {1, UINT32_MAX});
    if (!page && !number) return {0, size};
    const auto length = number.value_or(usual_page);
    if (length > longest_page)
        throw Error(Fault::too_large, "a page has at most " + std::to_string(longest_page) + " entities");
    const auto before = std::max<std::uint64_t>(page.value_or(1), 1) - 1;
    const auto first = std::min<std::uint64_t>(before * length, size);
    return {first, std::min<std::uint64_t>(length, size - first)};
}

} // namespace api
