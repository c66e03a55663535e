#include "agent/service/machine_plan.hh"

#include "agent/base/error.hh"
#include "agent/base/text.hh"
#include "agent/occi/names.hh"
#include "agent/service/formats.hh"
#include "agent/service/units.hh"
#include "agent/service/wish.hh"

#include <algorithm>
#include <set>

namespace service {
namespace {

namespace name = occi::name;

constexpr std::uint64_t most_disk = std::uint64_t{64} << 40;
constexpr int most_mac_proposals = 1000;

// GFD.224, 3.5 lets a client name no template: then the sizes that it leaves out are those of this one.
constexpr auto default_type = "small";

void size_up(hv::MachineSpec& spec, const Wish& wish, const occi::Model& model) {
    if (!wish.cores || !wish.memory) {
        const auto* type = model.resource_template(default_type);
        if (!type) throw Error(Fault::invalid, "no TYPE is named, and this agent has no type small");
        auto usual = wish_for(*type);
        if (wish.sizes_are_own) usual.notes.clear(); // its size only
        spec = fulfilled(usual, std::move(spec));
    }
    spec = fulfilled(wish, std::move(spec));
}

// How large the disk that boots is to be, at least.
std::uint64_t least_disk(const Wish& wish, const hv::MachineSpec& spec, const occi::Model& model) {
    if (wish.disk) return *wish.disk;
    const auto type = spec.notes.find(note::type);
    const auto* used = type == spec.notes.end() ? nullptr : model.resource_template(type->second);
    return used ? wish_for(*used).disk.value_or(0) : 0;
}

hv::Disk own_disk(const occi::Link& link) {
    hv::Disk disk;
    disk.volume = new_uuid();
    disk.bytes = to_bytes(link.number(name::disk_size).value_or(0));
    if (disk.bytes == 0 || disk.bytes > most_disk)
        throw Error(Fault::invalid, "the SIZE of a swap or file system disk is out of range");
    if (link.string(name::disk_content).value_or("swap") == "swap") {
        disk.content = hv::Content::swap;
    } else {
        disk.content = hv::Content::filesystem;
        disk.filesystem = link.string(name::disk_filesystem).value_or("ext4");
        check_format(disk.filesystem);
    }
    return disk;
}

hv::Disk clone_of(const Uuid& image) {
    if (image.empty()) throw Error(Fault::invalid, "a DISK names no image");
    hv::Disk disk;
    disk.content = hv::Content::image;
    disk.volume = new_uuid();
    disk.origin = image;
    return disk;
}

hv::Disk plan_disk(const occi::Link& link, const occi::Model::Known& known) {
    return link.has(*known.ephemeral_disk) ? own_disk(link)
                                           : clone_of(std::string(text::last_segment(link.target)));
}

std::vector<hv::Disk> plan_disks(const occi::Resource& wanted, const occi::Model::Known& known) {
    std::vector<hv::Disk> disks;
    for (const auto& link : wanted.links) {
        if (link.kind != known.storagelink) continue;
        auto disk = plan_disk(link, known);
        disk.target = std::string("vd") + static_cast<char>('a' + disks.size());
        disks.push_back(std::move(disk));
    }
    return disks;
}

// The image that a disk is to be cloned from: there, allowed, and staying.
const state::StorageRecord& image_of(const hv::Disk& disk, const state::Snapshot& seen, const Claimed& others,
                                     const auth::Principal& who) {
    const auto& id = disk.origin;
    const auto* image = state::find(seen.storage_records, id);
    if (!image || !who.may_use(image->owner))
        throw Error(Fault::invalid, "there is no storage " + text::printable(id) + " for the disk");
    if (image->phase == state::Phase::leaving || others.leaving.contains(id))
        throw Error(Fault::conflict, "storage " + id + " is being removed");
    if (image->phase == state::Phase::failed)
        throw Error(Fault::conflict, "storage " + id + " failed: " + image->message);
    return *image;
}

// Which addresses and MACs are in use, by machines that are and by those that are being made.
struct InUse {
    std::set<std::pair<Uuid, Ipv4>> addresses;
    std::set<std::string> macs;
    std::set<std::pair<Uuid, Ipv4>>
        wished; // by another NIC of the same request: not given to one that wishes nothing

    InUse(const state::Snapshot& seen, const Claimed& others)
        : addresses(others.addresses.begin(), others.addresses.end()),
          macs(others.macs.begin(), others.macs.end()) {
        for (const auto& [id, machine] : seen.machines) add(machine->spec);
        for (const auto& [id, record] : seen.compute_records)
            if (record->phase != state::Phase::failed) add(record->spec);
        for (const auto& [id, network] : seen.networks)
            for (const auto& reservation : network->reservations) {
                addresses.insert({id, reservation.address});
                macs.insert(reservation.mac);
            }
    }
    void add(const hv::MachineSpec& spec) {
        for (const auto& nic : spec.nics) {
            macs.insert(nic.mac);
            if (nic.address) addresses.insert({nic.network, *nic.address});
        }
    }
};

std::string free_mac(hv::Host& host, const std::set<std::string>& taken) {
    for (int tries = 0; tries < most_mac_proposals; ++tries)
        if (auto mac = host.propose_mac(); !taken.contains(mac)) return mac;
    throw Error(Fault::conflict, "no free MAC address was found");
}

Ipv4 free_address(const hv::NetworkInfo& network, std::uint64_t usable, const InUse& in_use) {
    for (std::uint64_t index = 2; index <= usable; ++index) {
        const std::pair candidate{network.id, network.block->nth(index)};
        if (!in_use.addresses.contains(candidate) && !in_use.wished.contains(candidate))
            return candidate.second;
    }
    throw Error(Fault::conflict, "network " + network.id + " has no free address left");
}

// The address a client asked for, checked; nullopt when what it asked means "any": clients echo a network's own ADDRESS.
std::optional<Ipv4> wished_address(const occi::Link& link, const hv::NetworkInfo& network,
                                   std::uint64_t usable, const InUse& in_use) {
    const auto wish = link.string(name::nic_address);
    if (!wish) return std::nullopt;
    const auto address = Ipv4::parse(*wish);
    if (!address) throw Error(Fault::invalid, "IP \"" + text::printable(*wish) + "\" is no IPv4 address");
    if (!network.ours || !network.block)
        throw Error(Fault::conflict, "IP " + *wish + " cannot be promised: network " + network.id +
                                         " gives its addresses itself");
    if (*address == network.block->address || *address == network.block->nth(1)) return std::nullopt;
    if (!network.block->contains(*address) || address->bits - network.block->address.bits > usable)
        throw Error(Fault::conflict, "IP " + *wish + " is outside of network " + network.id + " (" +
                                         network.block->text() + ")");
    if (in_use.addresses.contains({network.id, *address}))
        throw Error(Fault::conflict, "IP " + *wish + " of network " + network.id + " is taken");
    return address;
}

hv::Nic nic_on(const Uuid& id, const occi::Link* link, const state::Snapshot& seen, const Claimed& others,
               const auth::Principal& who, hv::Host& host, InUse& in_use) {
    if (id.empty()) throw Error(Fault::invalid, "a NIC names no network");
    const auto* network = state::find(seen.networks, id);
    const auto* record = state::find(seen.network_records, id);
    // The default network belongs to nobody and is for everybody.
    const bool allowed = network && (!link || who.may_use(record ? record->owner : ""));
    if (!allowed) throw Error(Fault::invalid, "there is no network " + text::printable(id) + " for the NIC");
    if (others.leaving.contains(id) || (record && record->phase == state::Phase::leaving))
        throw Error(Fault::conflict, "network " + id + " is being removed");
    if (!network->active) throw Error(Fault::conflict, "network " + id + " is not active");

    hv::Nic nic;
    nic.network = id;
    nic.mac = free_mac(host, in_use.macs);
    in_use.macs.insert(nic.mac);
    const auto usable = network->block ? usable_addresses(*network->block, record ? record->size : "") : 0;
    if (link) nic.address = wished_address(*link, *network, usable, in_use);
    if (!nic.address && network->ours && network->block) nic.address = free_address(*network, usable, in_use);
    if (nic.address) in_use.addresses.insert({id, *nic.address});
    return nic;
}

} // namespace

Plan plan_machine(Node& node, const Networks& networks, const occi::Resource& wanted,
                  bool with_default_network, const auth::Principal& who) {
    hv::MachineSpec spec;
    spec.owner = who.name;
    const auto asked = wish_of(wanted, node.model);
    size_up(spec, asked, node.model);
    const auto& known = node.model.known();

    spec.disks = plan_disks(wanted, known);
    const auto least = least_disk(asked, spec, node.model);

    std::vector<Uuid> images;
    auto claim = node.claims.claim([&](const Claimed& others) {
        const auto seen = look(node);
        InUse in_use(*seen, others);
        Claimed mine;
        for (auto& disk : spec.disks) {
            if (disk.content != hv::Content::image) continue;
            disk.bytes = image_of(disk, *seen, others, who).bytes;
            if (&disk == &spec.disks.front()) disk.bytes = std::max(disk.bytes, least);
            mine.used.insert(disk.origin);
            images.push_back(disk.origin);
        }
        const auto connect = [&](const Uuid& id, const occi::Link* link) {
            const auto& nic = spec.nics.emplace_back(nic_on(id, link, *seen, others, who, node.host, in_use));
            mine.used.insert(id);
            mine.macs.insert(nic.mac);
            if (nic.address) mine.addresses.insert({id, *nic.address});
        };
        for (const auto& link : wanted.links)
            if (const auto wish = Ipv4::parse(link.string(name::nic_address).value_or("")))
                in_use.wished.insert({std::string(text::last_segment(link.target)), *wish});
        for (const auto& link : wanted.links)
            if (link.kind == known.networkinterface)
                connect(std::string(text::last_segment(link.target)), &link);
        if (with_default_network)
            if (const auto id = networks.default_network(*seen)) connect(*id, nullptr);
        return mine;
    });
    return {std::move(spec), std::move(images), std::move(claim)};
}

// ---- disks of a machine that is there ------------------------------------------------------------------------------

namespace {

constexpr std::size_t most_disks = 24;

// Whether the two are the same as far as a client can say.
bool alike(const hv::Disk& one, const hv::Disk& other) {
    return one.content == other.content && one.origin == other.origin && one.filesystem == other.filesystem &&
           (one.content == hv::Content::image || one.bytes == other.bytes);
}

std::string free_target(const std::set<std::string>& taken) {
    for (std::size_t index = 0; index < most_disks; ++index)
        if (auto target = std::string("vd") + static_cast<char>('a' + index); !taken.contains(target))
            return target;
    throw Error(Fault::conflict, "a compute has at most " + std::to_string(most_disks) + " disks");
}

} // namespace

DiskChange plan_disk_change(Node& node, const hv::Machine& machine, const std::vector<occi::Link>& wanted,
                            const auth::Principal& who) {
    const auto& known = node.model.known();
    DiskChange change;
    change.less = machine.spec.disks;
    for (const auto& link : wanted) {
        auto disk = plan_disk(link, known);
        const auto there =
            std::ranges::find_if(change.less, [&](const hv::Disk& each) { return alike(disk, each); });
        if (there != change.less.end())
            change.less.erase(there);
        else
            change.more.push_back(std::move(disk));
    }
    std::set<std::string> taken;
    for (const auto& disk : machine.spec.disks) taken.insert(disk.target);
    for (const auto& disk : change.less)
        if (disk.volume == machine.spec.disks.front().volume)
            throw Error(Fault::forbidden, "the first disk of compute " + machine.id +
                                              " cannot be taken away: the machine boots from it");
    const auto seen = look_connected(node);
    const auto claim = node.claims.claim([&](const Claimed& others) {
        for (auto& disk : change.more) {
            if (disk.content == hv::Content::image) disk.bytes = image_of(disk, *seen, others, who).bytes;
            disk.target = free_target(taken);
            taken.insert(disk.target);
        }
        return Claimed{};
    });
    return change;
}

} // namespace service
