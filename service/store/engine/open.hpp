#pragma once

#include "service/store/engine/address.hpp"
#include "service/store/engine/connection.hpp"
#include "service/store/engine/interrupt.hpp"
#include "service/store/engine/limits.hpp"

#include <memory>

namespace lm::store {

/// Connects to what `address` names, with ReadWrite making a file or schema that is missing. `interrupt`
/// outlives the connection.
Outcome<std::unique_ptr<Connection>> connect(const Address& address, const Limits& limits,
                                             const Interrupt& interrupt, Access access = Access::ReadWrite);

} // namespace lm::store
