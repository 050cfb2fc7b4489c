#pragma once

namespace lm {

/// Makes the GObject classes of the network that several threads use: SoupSession on the delivery's thread
/// needs what the listener's thread makes. GLib 2.74 can deadlock there: who initialises a class holds the
/// class lock and waits for a type that another thread registers, and g_type_add_interface_static in that
/// thread waits for the class lock. To be called before threads are started; later calls do nothing.
void makeTypesEarly();

} // namespace lm
