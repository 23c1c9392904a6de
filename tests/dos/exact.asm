; A program that works with DOS 4.00 alone.
%define DEMAND_EXACT
%define VERSION_MAJOR 4
%define VERSION_MINOR 0
%include "version.inc"
