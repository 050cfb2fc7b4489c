#pragma once

namespace lm::test {

/// Registers `stocksource`: audiotestsrc with the properties the service sets on its source, which it
/// ignores.
void registerStockSource();

} // namespace lm::test
