#pragma once
// The core model of OCCI (GFD.221) as types, and the kinds, mixins and actions that this agent knows (GFD.224) as one
// table. Nothing here knows HTTP, XML or libvirt.
//
// Threads: the Model never changes after it is made; entities are values.

#include <compare>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace occi {

using Value = std::variant<std::string, std::int64_t, double, bool>;
using Attributes = std::map<std::string, Value, std::less<>>;

// GFD.221, 5.3.1: scheme (ending in '#') and term together identify a category.
struct TypeId {
    std::string scheme, term;
    auto operator<=>(const TypeId&) const = default;
    std::string text() const { return scheme + term; }
};

enum class Type { string, integer, number, boolean };

struct AttributeSpec {
    std::string name;
    Type type = Type::string;
    bool required = false;            // a client must give it at creation
    bool fixed = false;               // managed by the server, never set by a client
    bool stays = false;               // a client may give it at creation only
    std::vector<std::string> choices; // of a string; empty: any
    std::optional<Value> fallback;    // the default
    std::string given_by;             // another attribute that says as much: then it is not required

    bool is_mutable() const noexcept { return !fixed && !stays; } // GFD.221, 5.2
};

struct Category {
    TypeId id;
    std::string title;
    std::vector<AttributeSpec> attributes; // its own, not the inherited ones
};
struct Action : Category {};
struct Kind : Category {
    const Kind* parent = nullptr;
    std::string location; // "/compute/"; empty when it cannot be instantiated
    std::vector<const Action*> actions;
};
struct Mixin : Category {
    std::string location;
    std::vector<const Mixin*> depends;
    std::vector<const Kind*> applies;
    std::vector<const Action*> actions;
};

// A mixin of the Model, which outlives everything, or one that is made for this entity: of an image, or of a user's
// own. Null only when it is empty.
class MixinRef {
public:
    MixinRef() = default;
    MixinRef(const Mixin* lasting) : mixin_(std::shared_ptr<const Mixin>(), lasting) {}
    MixinRef(std::shared_ptr<const Mixin> mixin) : mixin_(std::move(mixin)) {}

    const Mixin* get() const noexcept { return mixin_.get(); }
    const Mixin* operator->() const noexcept { return get(); }
    const Mixin& operator*() const noexcept { return *get(); }
    explicit operator bool() const noexcept { return get() != nullptr; }
    // Compares by what identifies a category: the same mixin may be made twice.
    friend bool operator==(const MixinRef& one, const MixinRef& other) noexcept {
        return one.get() == other.get() || (one && other && one->id == other->id);
    }

private:
    std::shared_ptr<const Mixin> mixin_;
};

struct Entity {
    std::string id; // a UUID; the URN form is a matter of renderings
    const Kind* kind = nullptr;
    std::vector<MixinRef> mixins;
    Attributes attributes;
    std::vector<const Action*> actions; // those that can be invoked now

    bool has(const Mixin& mixin) const noexcept;
    // The attribute as that type, or nullopt when it is absent or of another type (an integer is also a number).
    std::optional<std::string> string(std::string_view name) const;
    std::optional<double> number(std::string_view name) const;
    std::optional<std::int64_t> integer(std::string_view name) const;
};
struct Link : Entity {
    std::string source; // a path: "/compute/ID"
    std::string target; // a path: "/network/ID"; empty when the link ends at something that has no URL
    const Kind* target_kind = nullptr;
};
struct Resource : Entity {
    std::vector<Link> links;
};
struct Invocation {
    const Action* action = nullptr;
    Attributes attributes;
};

// Throws Error{invalid} that names the attribute at fault: one that the action does not have, or a value that it does
// not take.
void validate(const Invocation&);

// Kinds, mixins and actions: those that a query chooses, or all of them.
struct Categories {
    std::vector<const Kind*> kinds;
    std::vector<MixinRef> mixins;
    std::vector<const Action*> actions;
};

// Lookup and validation over all categories.
class Model {
public:
    // `templates`: one resource template per instance type, in the order of the configuration.
    struct Template {
        std::string name; // "small"
        unsigned cores = 1;
        std::uint64_t memory = std::uint64_t{1} << 30; // bytes
        std::uint64_t disk = 0; // bytes of the disk that boots, at least; 0: as large as its image
        bool operator==(const Template&) const = default;
    };
    explicit Model(const std::vector<Template>& templates = {});
    Model(const Model&) = delete;
    Model& operator=(const Model&) = delete;
    ~Model();

    const Kind* kind(const TypeId&) const noexcept;
    const Kind* kind_at(std::string_view location) const noexcept; // "/compute/"
    const Mixin* mixin(const TypeId&) const noexcept;
    const Mixin* mixin_at(std::string_view location) const noexcept;
    const Action* action(const TypeId&) const noexcept;
    const Mixin*
    resource_template(std::string_view name) const noexcept; // by the instance type's name, in any case
    const std::vector<const Mixin*>& resource_templates() const noexcept;
    // Whether small, medium and large are those of the profile of GFD.222.
    bool meets_template_profile() const noexcept;
    std::vector<const Kind*> kinds() const;
    std::vector<MixinRef> mixins() const;
    Categories categories() const; // all of them, each behind its parent

    // The names that appear all over the agent, resolved once.
    struct Known {
        const Kind *compute, *network, *storage, *networkinterface, *storagelink;
        const Mixin *os_tpl, *resource_tpl, *ipnetwork, *ipnetworkinterface;
        const Mixin*
            ephemeral_disk; // ours, on a storagelink: a SWAP or FS disk that belongs to the machine alone
        const Mixin *ssh_key, *user_data;                     // on a compute
        const Mixin *openstack_ssh_key, *openstack_user_data; // the same as OpenStack spells it
        const Mixin* clone;          // ours, on a storagelink: a disk of its own that begins as the storage
        const Mixin* network_bridge; // ours, on a network: mode and bridge of the host
        const Action *start, *stop, *restart, *suspend, *save;
    };
    const Known& known() const noexcept;

    // Whether a client may ask for this entity. Throws Error{invalid} that names the attribute at fault: unknown to the
    // kind and the mixins, of the wrong type, outside its choices, required but missing; Error{forbidden} for an
    // attribute that only the server sets, and for a mixin that does not apply to the kind. Links have to be asked
    // about one by one.
    void validate(const Entity&) const;
    // The same for a part of an entity that is there: no attribute counts as missing.
    void validate_change(const Entity&) const;

private:
    struct Tables;
    std::unique_ptr<const Tables> tables_;
};

} // namespace occi
