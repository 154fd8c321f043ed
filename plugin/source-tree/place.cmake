# Places the plugin into a source tree of Wireshark, to be built with it:
#
#   cmake -DWIRESHARK=FOLDER [-DTABLES=FOLDER] -P plugin/source-tree/place.cmake
#
# WIRESHARK is the top of Wireshark's source tree. TABLES is the folder `generated` of a build folder of this machine:
# needed only for a cross build, which cannot run the compiler of the tables that it builds. Placing again replaces what
# is there.
#
# SPDX-License-Identifier: GPL-2.0-or-later

cmake_minimum_required(VERSION 3.13)
get_filename_component(repo ${CMAKE_CURRENT_LIST_DIR}/../.. ABSOLUTE)
if(NOT DEFINED WIRESHARK)
  message(FATAL_ERROR "Usage: cmake -DWIRESHARK=FOLDER [-DTABLES=FOLDER] -P plugin/source-tree/place.cmake")
endif()
get_filename_component(wireshark ${WIRESHARK} ABSOLUTE)
if(NOT EXISTS ${wireshark}/plugins/epan OR NOT EXISTS ${wireshark}/cmake/modules/WiresharkPlugin.cmake)
  message(FATAL_ERROR "${wireshark} is no source tree of Wireshark")
endif()

set(target ${wireshark}/plugins/epan/wsus)
file(REMOVE_RECURSE ${target})
file(GLOB sources ${repo}/plugin/*.c ${repo}/plugin/*.h)
file(COPY ${sources} DESTINATION ${target})
foreach(room traffic exchange show report core)
  file(COPY ${repo}/plugin/${room} DESTINATION ${target})
endforeach()
file(GLOB tables ${repo}/tables/*.tsv ${repo}/tables/compile.c)
file(COPY ${tables} DESTINATION ${target}/tables)
file(COPY ${CMAKE_CURRENT_LIST_DIR}/CMakeLists.txt DESTINATION ${target})
if(DEFINED TABLES)
  get_filename_component(generated ${TABLES} ABSOLUTE)
  file(COPY ${generated}/wu_tables.c ${generated}/wu_tables.h DESTINATION ${target}/generated)
endif()
# the version stands in one place
file(STRINGS ${repo}/CMakeLists.txt project REGEX "^project\\(wsus VERSION [0-9]+\\.[0-9]+\\.[0-9]+ ")
string(REGEX REPLACE ".*VERSION ([0-9]+)\\.([0-9]+)\\.([0-9]+) .*" "\\1 \\2 \\3" version "${project}")
file(WRITE ${target}/version.cmake "set_module_info(wsus ${version} 0)\n")

# Wireshark reads the plugins of others from this file
set(custom ${wireshark}/CMakeListsCustom.txt)
set(line "list(APPEND CUSTOM_PLUGIN_SRC_DIR plugins/epan/wsus)")
set(text "")
if(EXISTS ${custom})
  file(READ ${custom} text)
endif()
string(FIND "${text}" "${line}" found)
if(found EQUAL -1)
  file(APPEND ${custom} "${line}\n")
endif()
message(STATUS "The plugin is in ${target}; configure and build Wireshark, or only the target wsus")
