#include "service/store/engine/open.hpp"

#include "service/store/engine/postgres.hpp"
#include "service/store/engine/sqlite.hpp"

namespace lm::store {

Outcome<std::unique_ptr<Connection>> connect(const Address& address, const Limits& limits,
                                             const Interrupt& interrupt, Access access) {
    if (const auto* file = std::get_if<SqliteAddress>(&address.target))
        return SqliteConnection::open(*file, limits, interrupt, access);
    return PostgresConnection::open(std::get<PostgresAddress>(address.target), limits, interrupt, access);
}

} // namespace lm::store
