#include "service/store/identifier.hpp"

#include "plugins/common/handles.hpp"

namespace lm::store {

std::string newId() {
    return Owned<char>(g_uuid_string_random()).get();
}

} // namespace lm::store
