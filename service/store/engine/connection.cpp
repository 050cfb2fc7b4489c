#include "service/store/engine/connection.hpp"

namespace lm::store {

Outcome<Done> Connection::commit() {
    auto committed = script("COMMIT");
    if (!committed && usable()) rollback();
    return committed;
}

void Connection::rollback() {
    // What it says adds nothing to the failure that led here.
    if (usable()) (void)static_cast<bool>(script("ROLLBACK"));
}

} // namespace lm::store
