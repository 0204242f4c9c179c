import { describeDrills } from './play-drills.ts';

describeDrills(0, 2);
