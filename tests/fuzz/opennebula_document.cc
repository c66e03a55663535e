// The documents of OpenNebula's XML, each read as each kind: what is read is valid, and is read again as it was when
// it is written.
#include "agent/base/error.hh"
#include "agent/render/opennebula_xml.hh"
#include "tests/fuzz/target.hh"
#include "tests/golden/dump.hh"
#include "tests/golden/shown.hh"

#include <algorithm>
#include <cstdint>
#include <string>

namespace fuzz {
namespace {

namespace opennebula = render::opennebula;

constexpr std::uint64_t gibibyte = std::uint64_t{1} << 30;
constexpr auto base = "http://node.example:4567";

const occi::Model& model() {
    static const occi::Model all({{"small", 1, gibibyte}, {"custom", 1, gibibyte}});
    return all;
}

template <class F> void unless_refused(F&& read_and_check) {
    try {
        read_and_check();
    } catch (const Error& failure) {
        require(failure.fault() == Fault::invalid || failure.fault() == Fault::unsupported ||
                    failure.fault() == Fault::too_large,
                "what cannot be read is the client's fault");
    }
}

// What is thrown here is no refusal of the document.
template <class F> void must(std::string_view promise, F&& work) {
    try {
        require(work(), promise);
    } catch (const Error& failure) {
        require(false, std::string(promise) + ": " + failure.what());
    }
}

void validate(const occi::Resource& resource) {
    must("what is read is valid", [&] {
        model().validate(resource);
        for (const auto& link : resource.links) model().validate(link);
        return true;
    });
}

// Disks and NICs may stand in any order among each other, and are written each among their own.
occi::Resource disks_first(occi::Resource compute) {
    std::ranges::stable_partition(
        compute.links, [](const occi::Link& link) { return link.kind == model().known().storagelink; });
    return compute;
}

} // namespace

void opennebula_document(std::string_view bytes) {
    unless_refused([&] {
        const auto read = opennebula::read_compute(bytes, model()).resource;
        validate(read);
        for (const auto dialect : {opennebula::Dialect::draft, opennebula::Dialect::libcloud14})
            must("a compute that is written is read as it was", [&] {
                const auto document =
                    opennebula::write_compute(golden::as_shown(read, model()), base, dialect);
                return golden::dump(opennebula::read_compute(document, model()).resource) ==
                       golden::dump(disks_first(golden::told_part(read, model())));
            });
    });
    unless_refused([&] {
        const auto read = golden::as_shown_network(opennebula::read_network(bytes, model()), model());
        validate(read);
        must("a network that is written is read as it was", [&] {
            const auto again = opennebula::read_network(opennebula::write_network(read, base), model());
            return golden::dump(golden::as_shown_network(again, model())) == golden::dump(read);
        });
    });
    unless_refused([&] {
        const auto read = golden::as_shown_storage(opennebula::read_storage(bytes, model()));
        validate(read);
        must("a storage that is written is read as it was", [&] {
            return golden::dump(opennebula::read_storage(opennebula::write_storage(read, base), model())) ==
                   golden::dump(read);
        });
    });
}

} // namespace fuzz
