import { programTests } from "./programTests";

programTests("computer");
