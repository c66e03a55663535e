#include "agent/service/storage/os_templates.hh"

#include "agent/base/error.hh"
#include "agent/base/text.hh"
#include "agent/occi/names.hh"

#include <algorithm>
#include <memory>

namespace service {
namespace {

constexpr std::size_t longest_term = 60;

bool is_offered(const state::StorageRecord& record) {
    return record.phase == state::Phase::ready && !record.offline && !record.os_term.empty();
}

occi::MixinRef make(const state::StorageRecord& image, const occi::Model& model) {
    auto mixin = std::make_shared<occi::Mixin>();
    mixin->id = {occi::scheme::os_template, image.os_term};
    // Clients take titles apart at these.
    mixin->title = image.title.empty() ? image.os_term : image.title;
    std::ranges::replace_if(
        mixin->title, [](char c) { return std::string_view(";,=\"\\").find(c) != std::string_view::npos; },
        ' ');
    mixin->location = model.known().os_tpl->location + image.os_term + "/";
    mixin->depends.push_back(model.known().os_tpl);
    mixin->applies.push_back(model.known().compute);
    return occi::MixinRef(std::move(mixin));
}

bool is_os_template(const occi::MixinRef& mixin) { return mixin->id.scheme == occi::scheme::os_template; }

// Terms are lower case letters, digits and '-', and begin with a letter: clients of 1.1 take no others.
std::string to_term(std::string_view wish) {
    std::string term;
    for (const char c : text::lower(wish)) {
        const bool is_plain = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
        if (is_plain)
            term += c;
        else if (!term.empty() && !term.ends_with('-'))
            term += '-';
        if (term.size() == longest_term) break;
    }
    while (term.ends_with('-')) term.pop_back();
    const bool begins_well = !term.empty() && term.front() >= 'a';
    return begins_well ? term : term.empty() ? "image" : "image-" + term;
}

} // namespace

std::vector<occi::MixinRef> os_templates(const state::Snapshot& seen, const occi::Model& model,
                                         const auth::Principal& who) {
    std::vector<occi::MixinRef> all;
    for (const auto& [id, record] : seen.storage_records)
        if (is_offered(*record) && who.may_see(state::whose(*record))) all.push_back(make(*record, model));
    return all;
}

occi::MixinRef os_template_of(const state::Snapshot& seen, const Uuid& storage, const occi::Model& model) {
    const auto* record = state::find(seen.storage_records, storage);
    return record && is_offered(*record) ? make(*record, model) : occi::MixinRef();
}

occi::MixinRef os_template_to_be(const state::Snapshot& seen, const Uuid& storage, const occi::Model& model) {
    const auto* record = state::find(seen.storage_records, storage);
    return record && !record->os_term.empty() ? make(*record, model) : occi::MixinRef();
}

Uuid image_with_term(const state::Snapshot& seen, std::string_view term, const auth::Principal& who) {
    for (const auto& [id, record] : seen.storage_records)
        if (is_offered(*record) && record->os_term == term && who.may_see(state::whose(*record))) return id;
    return {};
}

occi::Resource with_disk_of_template(const occi::Resource& wanted, const state::Snapshot& seen,
                                     const occi::Model& model, const auth::Principal& who) {
    const auto found = std::ranges::find_if(wanted.mixins, is_os_template);
    if (found == wanted.mixins.end()) return wanted;
    if (std::ranges::count_if(wanted.mixins, is_os_template) > 1)
        throw Error(Fault::invalid, "a compute is made of one OS template, not of several");
    const auto image = image_with_term(seen, (*found)->id.term, who);
    if (image.empty())
        throw Error(Fault::not_found, "there is no OS template " + text::printable((*found)->id.term));
    occi::Link disk;
    disk.kind = model.known().storagelink;
    disk.mixins.push_back(model.known().clone);
    disk.target = model.known().storage->location + image;
    disk.target_kind = model.known().storage;
    auto all = wanted;
    all.links.insert(all.links.begin(), std::move(disk));
    return all;
}

std::string new_term(const state::Snapshot& seen, std::string_view wish) {
    const auto term = to_term(wish);
    const auto is_taken = [&](const std::string& candidate) {
        return std::ranges::any_of(seen.storage_records,
                                   [&](const auto& entry) { return entry.second->os_term == candidate; });
    };
    if (!is_taken(term)) return term;
    for (std::size_t number = 2;; ++number)
        if (auto candidate = term + "-" + std::to_string(number); !is_taken(candidate)) return candidate;
}

} // namespace service
