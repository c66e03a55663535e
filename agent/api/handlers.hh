#pragma once
// The handlers that the table of routes.cc names. Each makes the answer to one call, or throws what answered.hh makes
// an answer of.
//
// Threads: any.

#include "agent/api/call.hh"

namespace api {

// OpenNebula's XML: opennebula.cc, and opennebula_computes.cc, _networks.cc and _storages.cc. Those that remove answer
// in OCCI, too.
http::Response show_entry_point(const Call&);
http::Response list_instance_types(const Call&);
http::Response list_users(const Call&); // opennebula_users.cc
http::Response show_user(const Call&);
http::Response show_instance_type(const Call&);
http::Response list_computes(const Call&);
http::Response create_compute(const Call&);
http::Response show_compute(const Call&);
http::Response change_compute(const Call&);    // opennebula_change.cc
http::Response create_compute_as(const Call&); // what it does of If-None-Match: *, under the id in the URL
http::Response remove_compute(const Call&);
http::Response list_networks(const Call&);
http::Response create_network(const Call&);
http::Response show_network(const Call&);
http::Response remove_network(const Call&);
http::Response list_storages(const Call&);
http::Response create_storage(const Call&);
http::Response show_storage(const Call&);
http::Response remove_storage(const Call&);

// OCCI, whatever the kind: occi_entities.cc, creation.cc, changes.cc, actions.cc.
http::Response list_entities(const Call&);
http::Response show_entity(const Call&);
http::Response create_entities(const Call&);
http::Response change_entity(const Call&);
http::Response replace_entity(const Call&);
http::Response create_entity_as(const Call&); // what it does where no compute is yet, under the id in the URL
http::Response remove_link(const Call&);
http::Response invoke(const Call&); // what change_entity() does of ?action=

// All of a kind, or all that have a mixin: collections.cc, mixin_members.cc.
http::Response invoke_on_all(const Call&); // what create_entities() and give_mixin() do of ?action=
http::Response remove_all(const Call&);
http::Response give_mixin(const Call&);
http::Response replace_members(const Call&);
http::Response take_mixin(const Call&);

// The query interface: query_interface.cc.
http::Response list_categories(const Call&);
http::Response define_mixins(const Call&);
http::Response forget_mixins(const Call&);

// The agent's own: operations.cc, orphans.cc, events.cc, health.cc.
http::Response list_operations(const Call&);
http::Response show_operation(const Call&);
http::Response cancel_operation(const Call&);
http::Response list_orphans(const Call&);
http::Response show_orphan(const Call&);
http::Response adopt_orphan(const Call&);
http::Response remove_orphan(const Call&);
http::Response list_events(const Call&);
http::Response show_health(const Call&);

} // namespace api
