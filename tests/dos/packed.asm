; A program whose code shows only when it runs that it wants DOS 3.30.
%define VERSION_MAJOR 3
%define VERSION_MINOR 30
%include "version.inc"
