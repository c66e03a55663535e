#pragma once
// OpenNebula's XML: one permissive reader (every spelling that OpenNebula's releases had, opennebula dialects D0 to
// D7) and one exact writer (the documents of its draft). A rendering only: it decides nothing about what is allowed.
//
// Threads: any; everything is a value. Readers throw Error{invalid} that names the element at fault.

#include "agent/base/uuid.hh"
#include "agent/occi/model.hh"
#include "agent/render/passed_over.hh"

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace render::opennebula {

// What a COMPUTE in a request says. The resource has a title (unless absent), the resource template as a mixin (if
// named), what CONTEXT says with the mixins that have it, and links in the order of the document:
//   DISK: storagelink, target "/storage/ID"
//   SWAP, FS: storagelink with mixin ephemeral_disk, no target; disk_content, disk_size, disk_filesystem
//   NIC: networkinterface, target "/network/ID"; nic_address and mac when they were given
// A disk has a deviceid when it names one that it can have.
struct ComputeRequest {
    occi::Resource resource;
    bool names_template = false;
    bool names_disks = false;
    bool names_networks = false;            // an empty NICS counts
    std::optional<std::string> state;       // STATE as sent, trimmed
    std::optional<std::string> cpu, memory; // as sent, trimmed, beside whatever TYPE
    std::vector<std::string> ids; // whose document it is: ID and the href of the root, in lower case
    bool is_strange = false;      // there is something in it besides its ids, and no element that is known
};
// Of all readers: what stands there and is not used is added to `unused`, for a caller that asks.
ComputeRequest read_compute(std::string_view body, const occi::Model&, Purpose = Purpose::creation,
                            PassedOver* unused = nullptr);
// Whether those who name it as TYPE say CPU and MEMORY themselves.
bool leaves_sizes_open(const occi::Mixin& type);
// cores and memory by CPU and MEMORY; read_compute has them in the resource when a TYPE is named that leaves them open.
occi::Attributes read_sizes(const ComputeRequest&);
// title, summary, network_address, network_size, network_mode, network_bridge as sent
occi::Resource read_network(std::string_view body, const occi::Model&, PassedOver* unused = nullptr);
// title, summary, storage_size, image_url
occi::Resource read_storage(std::string_view body, const occi::Model&, PassedOver* unused = nullptr);

// STATE in a PUT.
struct Verb {
    std::string_view word; // "SHUTDOWN"
    std::string_view
        action; // term of the OCCI action on compute, which says from where it may start; empty: deletion
    std::string_view method; // its method attribute; may be empty
};
std::span<const Verb> verbs() noexcept;
const Verb* find_verb(std::string_view word) noexcept; // in any case; nullptr: no such word
bool is_state(std::string_view word) noexcept; // one of the STATEs that an entry can show, in any case
std::string_view
state_of(const occi::Resource& compute) noexcept; // PENDING, ACTIVE, SUSPENDED, STOPPED, FAILED, DONE
// TYPE as it is written: custom is also the word for a machine that is of no type. Valid as long as the compute.
std::string_view type_of(const occi::Resource& compute) noexcept;

// `base` is what the client asked: "http://HOST". libcloud: in the wrappers of release 1.4.
enum class Dialect { draft, libcloud14 };
std::string write_entry_point(std::string_view base);
std::string write_pool(const occi::Kind&, const std::vector<std::string>& ids, std::string_view base);
std::string write_compute(const occi::Resource&, std::string_view base, Dialect = Dialect::draft);
std::string write_network(const occi::Resource&, std::string_view base);
std::string write_storage(const occi::Resource&, std::string_view base);
std::string write_instance_types(const occi::Model&, std::string_view base);
std::string write_instance_type(const occi::Mixin&, std::string_view base);
// One of those who have something here, by their names; the id of each is made of the name, and stays the same.
struct User {
    std::string name, group;
};
Uuid id_of_user(std::string_view name);
std::string write_users(const std::vector<User>&, std::string_view base);
std::string write_user(const User&, std::string_view base);
std::string write_error(std::string_view sentence); // <ERROR><MESSAGE>..</MESSAGE></ERROR>

} // namespace render::opennebula
