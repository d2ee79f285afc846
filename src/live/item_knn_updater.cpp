#include <recocore/impl/live/item_knn_updater_inl.hpp>
